"""Words that banks use for what the contract names: for guesses, which a draft says to be such."""

import re
import unicodedata
from functools import cache

COLUMNS = {
    "customer_id": "customer client cust kunde customer_no customer_nr customer_number client_id client_no "
    "client_number cust_no kunden_id kunden_nr kundennummer kd_nr partner_id partner_nr partnernummer",
    "as_of_date": "stichtag berichtsdatum datenstand reporting_date report_date snapshot_date cutoff_date",
    "age": "alter customer_age client_age age_years alter_jahre lebensalter",
    "gender": "geschlecht sex",
    "income": "einkommen jahreseinkommen annual_income yearly_income income_pa einkommen_pa jahresgehalt salary",
    "annual_income": "einkommen jahreseinkommen yearly_income income_pa einkommen_pa jahresgehalt salary",
    "credit_score": "bonitaet bonitaetsscore bonitaetswert kreditscore scorewert rating_score",
    "account_tenure": "kontodauer kundenjahre years_with_bank kontoalter relationship_years",
    "monthly_spending": "monatsausgaben ausgaben_monat ausgaben_pro_monat spend_per_month monthly_expenses",
    "transaction_frequency": "transaktionen_monat transaktionen_pro_monat transactions_per_month buchungen_pro_monat",
    "avg_account_balance": "durchschnittssaldo saldo_durchschnitt mittlerer_saldo average_balance avg_balance",
    "num_products": "anzahl_produkte produkte products product_count number_of_products",
    "app_usage_score": "app_nutzung app_score app_usage",
    "support_calls": "anrufe serviceanrufe kundendienst_anrufe service_calls calls",
    "education": "bildung ausbildung bildungsabschluss schulabschluss education_level",
    "marital_status": "familienstand zivilstand civil_status marital",
    "dependents": "angehoerige unterhaltsberechtigte kinder children dependants",
    "region": "bundesland kanton wohnregion state province",
    "occupation": "beruf taetigkeit job profession",
    "customer_since": "kunde_seit kundenbeginn client_since since member_since customer_from",
    "transaction_id": "transaktions_id transaktionsnummer buchungsnummer umsatz_id trx_id tx_id txn_id transaction_no",
    "transacted_at": "transaktionszeit transaktionsdatum umsatzzeit transaction_time transaction_date timestamp",
    "booked_on": "buchungsdatum buchungstag booking_date posting_date posted_on",
    "amount": "betrag umsatz amount_chf amount_eur value",
    "category": "kategorie branche merchant_category haendlerkategorie",
    "kind": "art umsatzart buchungsart transaktionsart type transaction_type",
    "reverses": "storno_zu storniert reversal_of reversed_transaction",
    "loan_amount": "kreditbetrag kreditsumme darlehen loan loans",
    "investment": "anlage anlagen anlagesumme anlagevermoegen investments invested",
    "balance": "saldo",
    "purchases": "kaeufe einkaeufe",
    "cash_advance": "bargeldbezug barbezug",
    "credit_limit": "kreditlimit kreditrahmen limit",
    "payments": "zahlungen rueckzahlungen",
    "minimum_payments": "mindestzahlungen mindestzahlung",
    "tenure": "laufzeit_monate monate_dabei",
}
"""By column of the contract: what else it is called, in English and German."""

CATEGORIES = {
    "gender": {
        "female": "f w fem weiblich frau woman female",
        "male": "m mann maennlich man male herr",
        "other": "d divers nonbinary non_binary",
    },
    "marital_status": {
        "single": "ledig alleinstehend unmarried never_married",
        "married": "verheiratet verh married_partner eingetragene_partnerschaft",
        "divorced": "geschieden gesch getrennt",
        "widowed": "verwitwet verw widow widower",
    },
    "education": {
        "primary": "grundschule primarschule primary_school",
        "secondary": "abitur matura gymnasium secondary_school highschool",
        "vocational": "lehre berufslehre berufsausbildung ausbildung apprenticeship",
        "bachelor": "bsc ba bachelor_degree undergraduate",
        "master": "msc ma diplom master_degree graduate",
        "doctorate": "doktor promotion dr doctoral",
    },
    "kind": {
        "purchase": "kauf einkauf zahlung_karte pos sale",
        "instalment_purchase": "ratenkauf instalment installment",
        "cash_advance": "bargeld bargeldbezug barbezug atm cash_withdrawal withdrawal",
        "payment": "rueckzahlung einzahlung",
        "fee": "gebuehr gebuehren fees charge",
        "refund": "gutschrift erstattung refunds",
    },
}
"""By column and category of the contract: what its values are called."""

EXTRACTS = {
    "bank_customers": "kunden kundenstamm stammdaten customers clients crm",
    "customer_demographics": "demographics demografie demographie personen people",
    "card_transactions": "transactions transaktionen umsaetze buchungen kartenumsaetze",
    "card_usage": "cards karten kartennutzung kreditkarten",
    "financial_profiles": "finanzprofile vermoegen wealth finances profiles",
}
"""What files of an extract are called."""

MISSING = (
    "unknown unbekannt unkn unk missing fehlt fehlend n.a. n.a n/v #n/v nv k.a. k.a ka k/a keine_angabe "
    "not_available not_applicable not_known nicht_bekannt nicht_verfuegbar none_given undefined undef "
    "- -- --- ? ?? ??? . .. * n.d. #null! #ref! #div/0! #value!"
)
"""Words that mean that nothing is known; the build takes the most usual ones (NULL, NaN, ...) for such by itself."""

_MISSING = frozenset(MISSING.split())
LONGEST = max(map(len, _MISSING))

SCALES = "k tsd tsd. t teur tchf tusd m mio mio. mn mln mrd mrd. bn b million millionen"
"""What stands behind a number and multiplies it."""

OF_A_MONTH = "month monat mtl"
OF_A_BIRTH = "birth geburt born dob"
"""What parts of names begin with that tell that a column is another measure than the contract's."""

OTHER_IDS = "account konto contract vertrag card karte transaction transaktion merchant branch filiale product produkt"
"""Parts of names of ids that are not a customer's."""

CURRENCIES = "EUR CHF USD GBP SEK NOK DKK PLN CZK HUF JPY AUD CAD Fr. SFr. Fr kr kr. Eur Euro"
"""Beside the signs of currencies, what may stand before a number."""


@cache
def folded(name: str) -> str:
    """A name by which words are compared: as column_key, without accents and punctuation."""
    text = name.lower()
    for sign, letters in {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}.items():
        text = text.replace(sign, letters)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[\W_]", "", plain) or text


@cache
def known(words: str) -> frozenset[str]:
    """Words of one of the tables above, folded."""
    return frozenset(map(folded, words.split()))


def is_missing(text: str) -> bool:
    """Whether a text is one of the words that mean that nothing is known."""
    if len(text) > LONGEST or text[-1:].isdigit():  # most values
        return False
    return text.lower() in _MISSING or folded(text) in known(MISSING)
