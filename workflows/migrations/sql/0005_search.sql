-- What a search looks at besides orders and utleveranser. Whose rows are there: 0004_row_security.sql.
GRANT SELECT ON device TO orderflode_web;
