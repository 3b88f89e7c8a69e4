-- Which orders of a file were refused? Its receipt shows them first, a page at a time, however many were taken.
CREATE INDEX intake_verdict_refused ON intake_verdict (batch_id, first_row) WHERE verdict = 'refused';
