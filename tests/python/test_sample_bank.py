"""The sample bank: its CSVs are what the generator makes, and what its README says of them."""

import csv
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import PowerTransformer

from sample_bank import generate as bank

FILES = {extract: bank.SEEDS / f"raw_{extract}.csv" for extract in bank.EXTRACTS}
Row = dict[str, str]


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the clean bank."""
    with duckdb.connect() as connection:
        bank.generate(connection)
        yield connection


@pytest.fixture(scope="module")
def planted() -> list[Row]:
    return read(bank.HERE / "planted_dirt.csv")


def one(con: duckdb.DuckDBPyConnection, query: str) -> object:
    return con.execute(query).fetchall()[0][0]


@pytest.mark.parametrize("threads", [1, 3])
def test_regenerates_byte_for_byte(tmp_path: Path, threads: int) -> None:
    with duckdb.connect(config={"threads": threads}) as connection:
        bank.generate(connection)
        made = bank.write_csv(connection, seeds=tmp_path, truth=tmp_path)
    assert len(made) == len(bank.EXTRACTS) + 1
    for file in made:
        folder = bank.HERE if file.name == "archetypes.csv" else bank.SEEDS
        assert file.read_bytes() == (folder / file.name).read_bytes(), file.name


def test_another_seed_is_another_bank(con: duckdb.DuckDBPyConnection) -> None:
    with duckdb.connect() as other:
        bank.generate(other, seed=1)
        query = 'select sum("BALANCE") from card_usage'
        assert one(other, query) != one(con, query)


def test_sizes() -> None:
    sizes = {extract: file.stat().st_size for extract, file in FILES.items()}
    assert sum(sizes.values()) <= 8_500_000
    assert sizes["card_transactions"] <= 5_700_000


def test_the_same_customers_everywhere(con: duckdb.DuckDBPyConnection) -> None:
    expected = {f"C{n:06d}" for n in range(1, 1501)}
    for extract in bank.EXTRACTS:
        column = "customer_id" if extract == "card_transactions" else bank.EXTRACTS[extract][0]
        ids = con.execute(f'select distinct "{column}" from {extract}').fetchall()
        assert {row[0] for row in ids} == expected, extract
    keys = [
        con.execute(f"select {bank.quoted(names)} from {extract} order by all").fetchall()
        for extract, names in bank.EXTRACTS.items()
        if len(names) == 2
    ]
    assert all(key == keys[0] for key in keys)
    assert len(keys[0]) == len(set(keys[0]))


def test_some_customers_join_and_leave(con: duckdb.DuckDBPyConnection) -> None:
    counts = con.execute(
        "select avg((first_date = 1)::int), avg((first_date = 2)::int),"
        " avg((last_date = 0)::int), avg((last_date = 1)::int), avg(coalesce(away_at = -2, false)::int),"
        " avg(coalesce(away_at = -1, false)::int) from customers"
    ).fetchall()[0]
    assert all(0.015 < share < 0.04 for share in counts)


def test_who_is_there_at_each_date(con: duckdb.DuckDBPyConnection) -> None:
    """Some join, some leave, some come back; nobody is listed before the sixth month."""
    rows = con.execute("select as_of_date::varchar, customer_id from customer_dates").fetchall()
    dates = sorted({date for date, _ in rows})
    there = [{customer for date, customer in rows if date == day} for day in dates]
    assert len(dates) == bank.DATES
    seen, joined, left, back = there[0], [], [], []
    for before, now in pairwise(there):
        joined.append(len(now - seen))
        left.append(len(before - now))
        back.append(len((now & seen) - before))
        seen = seen | now
    print(joined, left, back)
    assert [count > 0 for count in joined] == [True, True, False, True, True]
    assert [count > 0 for count in left] == [True, True, False, True, True]
    assert [count > 0 for count in back] == [False, True, True, False, False]
    early = "select count(*) from customer_dates where as_of_date - customer_since < 180"
    assert one(con, early) == 0


@pytest.mark.parametrize(("dates", "changes"), [(3, False), (5, True)])
def test_fewer_dates_are_the_last_ones(dates: int, changes: bool) -> None:
    """Row for row; the last three are the same without what is planted before them."""
    with duckdb.connect() as few, duckdb.connect() as all_dates:
        bank.generate(few, customers=200, dates=dates, changes=changes)
        bank.generate(all_dates, customers=200)
        for extract in bank.EXTRACTS:
            rows, of_all = (con.execute(f"from {extract} order by all").fetchall() for con in (few, all_dates))
            if extract == "card_transactions":
                assert [row for row in rows if row[0] > "T"] == [row for row in of_all if row[0] > "T"]
            else:
                first = min(row[1] for row in rows)
                assert len({row[1] for row in rows}) == dates
                assert rows == [row for row in of_all if row[1] >= first]


def test_changes_are_planted_where_they_are_written_down(con: duckdb.DuckDBPyConnection) -> None:
    """Against the bank without them: the rows of these dates alone, in the columns that a change names, differ."""
    planted = read(bank.HERE / "planted_changes.csv")
    expected = {
        (row["feature"].upper() if row["extract"] == "card_usage" else row["feature"].title(), date)
        for row in planted
        for date in ("2024-03-31", "2024-06-30", "2024-09-30", "2024-12-31", "2025-03-31", "2025-06-30")
        if row["feature"] and row["first_date"] <= date <= row["last_date"]
    }
    # payments follow the balance a little, by less than is called drift
    expected |= {("PAYMENTS", date) for column, date in expected if column == "BALANCE"}
    with duckdb.connect() as other:
        bank.generate(other, changes=False)
        found = set()
        for extract, key in bank.EXTRACTS.items():
            ours, theirs = (c.execute(f"from {extract} order by {bank.quoted(key)}") for c in (con, other))
            columns = [column for column, *_ in ours.description]
            for row, plain in zip(ours.fetchall(), theirs.fetchall(), strict=True):
                if row != plain:
                    found |= {(c, str(row[1])) for c, a, b in zip(columns, row, plain, strict=True) if a != b}
    assert found == expected


def test_extracts_agree_with_each_other(con: duckdb.DuckDBPyConnection) -> None:
    agreeing = """
        select count(*)
        from bank_customers as b
        inner join customer_demographics as d
            on (b."CustomerID", b."AsOfDate") = (d.customer_id, d.as_of_date)
        inner join financial_profiles as f
            on (b."CustomerID", b."AsOfDate") = (f."Customer_ID", f."As_Of_Date")
        where (b."Age", b."Income") = (d.age, d.income)
            and (b."Age", b."Income") = (f."Customer_Age", f."Annual_Income")
            and b."CreditScore" = f."Credit_Score"
            and b."AccountTenure" = floor((b."AsOfDate" - d.customer_since) / 365.25)
            and b."AccountTenure" <= b."Age" - 16
    """
    assert one(con, agreeing) == one(con, "select count(*) from bank_customers")


def test_card_usage_is_consistent(con: duckdb.DuckDBPyConnection) -> None:
    wrong = """
        select count(*) from card_usage
        where "PURCHASES" <> "ONEOFF_PURCHASES" + "INSTALLMENTS_PURCHASES"
            or ("PURCHASES" = 0) <> ("PURCHASES_TRX" = 0)
            or ("PURCHASES" = 0) <> ("PURCHASES_FREQUENCY" = 0)
            or ("CASH_ADVANCE" = 0) <> ("CASH_ADVANCE_TRX" = 0)
            or ("CASH_ADVANCE" = 0) <> ("CASH_ADVANCE_FREQUENCY" = 0)
            or abs("PURCHASES_FREQUENCY" * 12 - round("PURCHASES_FREQUENCY" * 12)) > 0.00001
            or "PURCHASES_FREQUENCY" not between 0 and 1
            or "TENURE" not between 6 and 12
    """
    assert one(con, wrong) == 0
    shares = con.execute(
        'select avg(("MINIMUM_PAYMENTS" is null)::int), avg(("CREDIT_LIMIT" is null)::int),'
        ' avg(("TENURE" = 12)::int), avg(("PURCHASES_FREQUENCY" = 0)::int), avg(("CASH_ADVANCE" = 0)::int)'
        " from card_usage"
    ).fetchall()[0]
    low, high = (0.03, 0.0002, 0.75, 0.05, 0.45), (0.04, 0.003, 0.9, 0.3, 0.65)
    assert all(a < share < b for a, share, b in zip(low, shares, high, strict=True)), shares


def test_transactions_are_consistent(con: duckdb.DuckDBPyConnection) -> None:
    wrong = """
        select count(*)
        from card_transactions as t
        left join card_transactions as r on t.reverses = r.transaction_id
        where t.amount <= 0
            or t.transacted_at < timestamp '2023-10-01'
            or (t.transacted_at < timestamp '2024-07-01') <> (t.transaction_id like 'S%')
            or t.transacted_at >= timestamp '2025-07-01'
            or t.booked_on - t.transacted_at::date not between 0 and 45
            or (t.category is null) <> (t.kind in ('payment', 'fee'))
            or (t.kind = 'refund') <> (t.reverses is not null)
            or (t.kind = 'refund' and not coalesce(
                t.customer_id = r.customer_id
                and r.kind in ('purchase', 'instalment_purchase')
                and r.transacted_at < t.transacted_at, false))
    """
    assert one(con, wrong) == 0
    assert one(con, "select count(*) = count(distinct transaction_id) from card_transactions")


def test_refunds_of_a_whole_purchase_and_of_parts(con: duckdb.DuckDBPyConnection) -> None:
    refunds = """
        with refunds as (
            select reverses, count(*) as refunds, sum(amount) as amount, min(booked_on) as first, max(booked_on) as last
            from card_transactions
            where kind = 'refund'
            group by reverses
        )
        select
            count(*) filter (where refunds = 1 and refunds.amount = t.amount),
            count(*) filter (where refunds = 2 and refunds.amount < t.amount),
            count(*) filter (where refunds = 2 and first <= '2025-03-31' and last > '2025-03-31'),
            count(*)
        from refunds
        inner join card_transactions as t on refunds.reverses = t.transaction_id
    """
    whole, parts, across_a_date, purchases = con.execute(refunds).fetchall()[0]
    assert whole + parts == purchases
    assert 0.2 < parts / purchases < 0.35
    assert across_a_date > 20


def test_no_archetype_in_an_extract() -> None:
    archetypes = {row["archetype"] for row in read(bank.HERE / "archetypes.csv")}
    assert len(archetypes) == 8
    for file in FILES.values():
        text = file.read_text(encoding="utf-8")
        assert "archetype" not in text.lower()
        assert not any(archetype in text for archetype in archetypes)


def test_every_archetype_has_a_visible_group() -> None:
    groups = read(bank.HERE / "archetype_groups.csv")
    studies = {"card_usage", "relationship", "demographic", "behavioral", "combined", "wealth"}
    archetypes = {row["archetype"] for row in read(bank.HERE / "archetypes.csv")}
    assert {(row["study"], row["archetype"]) for row in groups} == {(s, a) for s in studies for a in archetypes}
    assert len(groups) == len(studies) * len(archetypes)


def test_planted_dirt_is_there(con: duckdb.DuckDBPyConnection, planted: list[Row]) -> None:
    rows = {extract: read(file) for extract, file in FILES.items()}
    for dirt in planted:
        names = bank.EXTRACTS[dirt["extract"]]
        wanted = dict(zip(names, (dirt["row_id"], dirt["as_of_date"]), strict=False))
        if dirt["column"]:
            wanted[dirt["column"]] = dirt["value"]
        found = [row for row in rows[dirt["extract"]] if wanted.items() <= row.items()]
        assert len(found) == (1 if dirt["column"] else 2), dirt


def test_planted_dirt_is_all_there_is(con: duckdb.DuckDBPyConnection, planted: list[Row]) -> None:
    for extract, file in FILES.items():
        clean = con.execute(f"select columns(*)::varchar from {extract}").fetchall()
        differing = Counter(tuple(row.values()) for row in read(file))
        differing.subtract(Counter(tuple(value or "" for value in row) for row in clean))
        extra = sum(count for count in differing.values() if count > 0)
        of_extract = [dirt for dirt in planted if dirt["extract"] == extract]
        assert extra == len(of_extract), extract
        rejected = [dirt for dirt in of_extract if dirt["expected"] == "rejected"]
        assert len(rejected) < 0.02 * len(clean)
    assert {dirt["expected"] for dirt in planted} == {"rejected", "lost", "staged"}


def test_parquet_is_clean_and_ordered(tmp_path: Path) -> None:
    bank.main(["--format", "parquet", "--customers", "20000", "--out", str(tmp_path), "--dates", "1"])
    with duckdb.connect() as connection:
        for extract, names in bank.EXTRACTS.items():
            connection.execute(f"create table {extract} as from '{tmp_path / extract}.parquet'")
            header = FILES[extract].read_text(encoding="utf-8").splitlines()[0]
            assert bank.columns_of(connection, extract) == header.split(",")
            keys = connection.execute(f"select {bank.quoted(names)} from {extract}").fetchall()
            assert keys == sorted(set(keys)), "ordered, no duplicate"
            if extract != "card_transactions":
                assert len(keys) == 20000
        assert one(connection, 'select min("BALANCE") >= 0 and max("BALANCE") < 1e6 from card_usage')


def test_some_extracts_of_a_small_bank(tmp_path: Path) -> None:
    bank.main(["--format", "parquet", "--customers", "50", "--extracts", "card_usage", "--out", str(tmp_path)])
    assert [path.name for path in tmp_path.glob("*.parquet")] == ["card_usage.parquet"]


def test_wrong_arguments_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        bank.main(["--format", "parquet", "--out", str(tmp_path), "--extracts", "loans"])
    with pytest.raises(SystemExit):
        bank.main(["--format", "parquet"])
    with pytest.raises(SystemExit):
        bank.main(["--out", str(tmp_path)])
    with duckdb.connect() as connection:
        for wrong in ({"dates": 7}, {"dates": 0}, {"customers": 0}, {"seed": 2**32}, {"seed": -1}):
            with pytest.raises(ValueError, match="dates 1 to 6"):
                bank.generate(connection, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(("study", "extract"), [("card_usage", "card_usage"), ("relationship", "bank_customers")])
def test_groups_can_be_found_but_not_perfectly(con: duckdb.DuckDBPyConnection, study: str, extract: str) -> None:
    names = bank.EXTRACTS[extract]
    query = f'select * from {extract} where "{names[1]}" = date \'2025-06-30\' order by "{names[0]}"'
    rows = con.execute(query).fetchall()
    values = np.array([[np.nan if x is None else float(x) for x in row[2:]] for row in rows])
    values = np.where(np.isnan(values), np.nanmedian(values, axis=0), values)
    truth = {row["customer_id"]: row["archetype"] for row in read(bank.HERE / "archetypes.csv")}
    groups = {
        row["archetype"]: row["visible_group"]
        for row in read(bank.HERE / "archetype_groups.csv")
        if row["study"] == study
    }
    expected = [groups[truth[row[0]]] for row in rows]
    found = KMeans(4, n_init=10, random_state=0).fit_predict(PowerTransformer().fit_transform(values))
    assert 0.5 < adjusted_rand_score(expected, found) < 0.9
