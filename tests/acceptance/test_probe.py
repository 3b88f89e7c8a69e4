import psycopg, time
from acceptance.test_kills import *
def test_probe(orderflode):
    Backlog(1000).load(orderflode)
    url = orderflode.environment["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as watcher, orderflode.started("work", "--until-done") as work:
        with psycopg.connect(url) as holder:
            holder.execute("SELECT FROM stock_balance WHERE store = '10' AND article = %s FOR UPDATE", (HELD_UP,))
            assert soon(lambda: someone_waits_for(holder, watcher), 60)
            time.sleep(5)
        t=time.time()
        while work.process.poll() is None and time.time()-t<25: time.sleep(.5)
        print("ended", work.process.poll(), time.time()-t)
        for t in ("claim","restock"): print(t, watcher.execute(f"select * from {t}").fetchall())
        print(watcher.execute("select count(*) from orders where due_at is not null").fetchall())
        print(work.err.read_text()[-1500:])
