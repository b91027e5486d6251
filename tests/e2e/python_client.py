"""What an integrating engineer does first, with nothing but the generated client."""

import os
import ssl
import time
import uuid

import httpx
from remit_client import AuthenticatedClient
from remit_client.api.events import list_events
from remit_client.api.ledger import create_transfers, get_account, list_account_entries, open_account
from remit_client.api.payments import cancel_payment, create_payment, get_payment, list_payments
from remit_client.models import (AccountType, CreatePaymentRequest, CreateTransfersRequest,
                                 Money, NewTransfer, OpenAccountRequest, Party, PaymentState, Problem)

client = AuthenticatedClient(base_url=os.environ["url"], token=os.environ["key"])


def key():
    return str(uuid.uuid4())


def position_of(response):
    return int(response.headers["Remit-Min-Position"])


def account(name, kind):
    request = OpenAccountRequest(name=name, type_=kind, currency="GBP")
    return open_account.sync(client=client, body=request, idempotency_key=key())


def wait_until(payment_id, state):
    for _ in range(300):
        payment = get_payment.sync_detailed(payment_id, client=client)
        if payment.parsed.status == state:
            return payment
        time.sleep(0.1)
    raise AssertionError(f"not {state}: {payment.parsed}")


# Accounts, and a transfer between them.
cash = account("Cash at bank", AccountType.ASSET)
funds = account("Customer funds", AccountType.LIABILITY)
transfer = NewTransfer(debit_account=cash.id, credit_account=funds.id, amount=Money(1250, "GBP"), reference="Top-up")
moved = create_transfers.sync_detailed(client=client, body=CreateTransfersRequest(transfers=[transfer]),
                                       idempotency_key=key())
assert moved.status_code == 201, moved
assert moved.parsed.outcomes[0].reason == ""
assert get_account.sync(cash.id, client=client).balances.posted == 1250
entries = list_account_entries.sync(funds.id, client=client, remit_min_position=position_of(moved))
assert [entry.change.credits_posted for entry in entries.data] == [1250]

# A payment: made, read, found in a list; the same key is the same payment.
request = CreatePaymentRequest(
    amount=Money(1250, "GBP"),
    creditor=Party(name="Fern & Sons Ltd", sort_code="204514", account_number="10000001"),
    reference="INV 0001", client_reference="order-7")
once = key()
made = create_payment.sync_detailed(client=client, body=request, idempotency_key=once)
assert made.status_code == 201 and made.parsed.client_reference == "order-7", made
again = create_payment.sync_detailed(client=client, body=request, idempotency_key=once)
assert again.parsed.id == made.parsed.id and again.headers["Idempotent-Replayed"] == "true"
assert get_payment.sync(made.parsed.id, client=client).amount.amount == 1250
listed = list_payments.sync(client=client, client_reference="order-7", remit_min_position=position_of(made))
assert [payment.id for payment in listed.data] == [made.parsed.id]

# Problems have a type too.
refused = create_payment.sync(client=client, body=request, idempotency_key=key())
assert isinstance(refused, Problem) and refused.code == "client_reference_reused", refused
missing = get_payment.sync("pay_01h455vb4pex5vsknk084sn02q", client=client)
assert isinstance(missing, Problem) and missing.code == "payment_not_found" and missing.field == "id"
stranger = AuthenticatedClient(base_url=os.environ["url"], token="remit_test_nobody")
assert get_payment.sync(made.parsed.id, client=stranger).code == "api_key_malformed"

# The payer goes to the bank, which approves at once, and comes back with its answer in the fragment of the URL.
payment = wait_until(made.parsed.id, PaymentState.AWAITING_AUTHORISATION)
at_bank = httpx.get(payment.parsed.authorisation_url, verify=ssl.create_default_context(cafile=os.environ["authorities"]))
back = httpx.post(os.environ["url"] + "/callback", content=at_bank.headers["Location"].split("#", 1)[1],
                  headers={"Content-Type": "application/x-www-form-urlencoded"})
assert back.status_code == 200, back.text

# It settles, and the events say how.
payment = wait_until(made.parsed.id, PaymentState.SETTLED)
events = list_events.sync(client=client, subject=made.parsed.id, remit_min_position=position_of(payment))
types = [event.type_ for event in events.data]
assert types[0] == "payment.created.v1" and types[-1] == "payment.settled.v1", types
late = cancel_payment.sync(made.parsed.id, client=client, idempotency_key=key())
assert isinstance(late, Problem) and late.code == "payment_not_cancellable", late
print(f"{len(types)} events of one payment, from {types[0]} to {types[-1]}")
