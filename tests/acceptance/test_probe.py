import time, json
from pathlib import Path
def test_probe(orderflode, tmp_path):
    S=Path("/work/shared/samples")
    def t(*w, **k):
        a=time.time(); r=orderflode.run(*w, **k); print(w, round(time.time()-a,2)); print(r.out[:2500]); print(r.err[:1500]); return r
    r=t("import",S/"csv-dialects/american_quoted.csv","--mapping","examples/mappings/american_quoted.toml","--json",status=1)
    d=r.document
    print({k:v for k,v in d.items() if k!="orders"}); 
    for o in d["orders"]: print(o["external_id"],o["rows"],[(v["code"],v["field"]) for v in o["violations"]])
    r=t("import",S/"csv-dialects/european_semicolon.csv","--mapping","examples/mappings/european_semicolon.toml","--json",status=1)
    d=r.document
    print({k:v for k,v in d.items() if k!="orders"}); 
    for o in d["orders"]: print(o["external_id"],o["rows"],[(v["code"],v["field"]) for v in o["violations"]])
    t("import",S/"csv-dialects/european_semicolon.csv","--mapping","examples/mappings/american_quoted.toml","--json",status=2)
    t("import",S/"csv-dialects/european_semicolon.csv",status=2)
