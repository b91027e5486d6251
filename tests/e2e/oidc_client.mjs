// The shop: calls the API of `remit serve`, and stands in for the landing page that runs in the payer's browser.
import { randomUUID } from 'node:crypto';

const waitMillisecondsMax = 20_000;

export class Shop {
  constructor(url, key) { Object.assign(this, {url, key}); }

  async #ask(method, path, {body, type = 'application/json'} = {}) {
    const response = await fetch(this.url + path, {
      method, body,
      headers: {Authorization: `Bearer ${this.key}`, 'Content-Type': type, ...(body ? {'Idempotency-Key': randomUUID()} : {})}
    });
    return {status: response.status, document: await response.json()};
  }

  async pay(name, bank) {
    const {status, document} = await this.#ask('POST', '/v1/payments', {body: JSON.stringify({
      amount: {amount: 1250, currency: 'GBP'}, creditor: {name, sort_code: '204514', account_number: '10000001'},
      reference: 'INVOICE 1', bank
    })});
    if (status !== 202 && status !== 201) throw new Error(`POST /v1/payments: ${status} ${JSON.stringify(document)}`);
    return document;
  }

  async payment(id) {
    return (await this.#ask('GET', `/v1/payments/${id}`)).document;
  }

  // The payment once it is as asked; what it is when it never becomes so.
  async wait(id, holds) {
    const end = Date.now() + waitMillisecondsMax;
    for (;;) {
      const payment = await this.payment(id);
      if (holds(payment) || Date.now() > end) return payment;
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }

  // What callback.js posts.
  land(fragment) {
    return this.#ask('POST', '/callback', {body: fragment, type: 'application/x-www-form-urlencoded'});
  }
}
