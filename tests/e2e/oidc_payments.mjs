// The domestic payments resources of the Read/Write API v4.0: consents, orders and their status, as little as a payment
// needs and as strict as the standard asks.
import { createHash, X509Certificate } from 'node:crypto';
import { clientCertificate } from './oidc_authorisation.mjs';
import { signMessage, SignatureRefused, verifyMessage } from './oidc_message_signature.mjs';

const prefix = '/open-banking/v4.0/pisp';
const nextStatus = {RCVD: 'ACSP', ACSP: 'ACSC', ACSC: 'ACSC'};

class Refusal extends Error {
  constructor(status, code, message, path) {
    super(message);
    Object.assign(this, {status, code, path});
  }
}
const refuse = (status, code, message, path) => { throw new Refusal(status, code, message, path); };

const sameJson = (one, other) => {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every(name => sameJson(one[name], other[name]));
};

// The consents of one bank, by id, and what became of each.
export class Consents {
  #byId = new Map();
  #byKey = new Map();
  get(id) { return this.#byId.get(id); }
  all() { return [...this.#byId.values()]; }
  executed() {
    return this.all().filter(one => one.orders.some(order => order.executed)).map(one => one.data.Initiation.CreditorAccount.Name);
  }
  settle(consent, status) {
    consent.status = status;
    consent.changed = new Date().toISOString();
  }
  // What the client made under the key before; the same content only.
  made(clientId, path, key, content, make) {
    const name = JSON.stringify([clientId, path, key]);
    const before = this.#byKey.get(name);
    if (before && before.content !== content) refuse(400, 'U006', 'The key was used for other content.', 'x-idempotency-key');
    if (!before) this.#byKey.set(name, {content, resource: make()});
    return this.#byKey.get(name).resource;
  }
  add(clientId, data, risk) {
    const id = `consent-${this.#byId.size + 1}-${Math.random().toString(36).slice(2)}`;
    const now = new Date().toISOString();
    const consent = {id, clientId, data, risk, status: 'AWAU', created: now, changed: now, orderRequests: 0, orders: []};
    this.#byId.set(id, consent);
    return consent;
  }
}

// Serves a request below the prefix. `bank`: {url, provider, consents, client, party, kid, key}; `alter` may change an
// answer, {status, document, consent, operation}, before and after it is signed, and keeps orders from being executed.
export class Payments {
  constructor(bank, alter) {
    Object.assign(this, {bank, alter});
  }

  serves(path) { return path.startsWith(`${prefix}/`); }

  async serve(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts).toString('utf8');
    const answer = {status: 200, document: undefined, consent: undefined, operation: ''};
    try {
      await this.#operate(request, body, answer);
    } catch (error) {
      if (error instanceof SignatureRefused) error = new Refusal(400, error.code, error.message);
      if (!(error instanceof Refusal)) throw error;
      answer.status = error.status;
      answer.document = error.code && {Errors: [{ErrorCode: error.code, Message: error.message, Path: error.path}]};
    }
    await this.#send(answer, request, response);
  }

  async #send(answer, request, response) {
    const {party, kid, key} = this.bank;
    await this.alter.document(answer);
    let body = answer.document === undefined ? '' : JSON.stringify(answer.document);
    const headers = {'x-fapi-interaction-id': request.headers['x-fapi-interaction-id'] ?? ''};
    if (body) {
      headers['Content-Type'] = 'application/json; charset=utf-8';
      headers['x-jws-signature'] = await signMessage(body, party, kid, key);
      body = await this.alter.message(answer, body, headers);
    }
    response.writeHead(answer.status, headers).end(body);
  }

  async #operate(request, body, answer) {
    const path = request.url.slice(prefix.length);
    const [, collection, id] = path.match(/^\/(domestic-payment-consents|domestic-payments)(?:\/([^/?]+))?$/) ?? [];
    const operation = `${request.method} ${collection}${id ? '/{id}' : ''}`;
    answer.operation = operation;
    if (operation === 'POST domestic-payment-consents') {
      await this.#token(request, 'ClientCredentials');
      return this.#stage(await this.#message(request, body), answer);
    }
    if (operation === 'GET domestic-payment-consents/{id}') {
      await this.#token(request, 'ClientCredentials');
      answer.consent = this.bank.consents.get(id) ?? refuse(400, 'U011', 'There is no such consent.');
      answer.document = this.#consentDocument(answer.consent);
      return undefined;
    }
    if (operation === 'POST domestic-payments') {
      const token = await this.#token(request, 'AccessToken');
      return this.#order(token, await this.#message(request, body), answer);
    }
    if (operation === 'GET domestic-payments/{id}') {
      await this.#token(request, 'ClientCredentials');
      const order = this.bank.consents.all().flatMap(consent => consent.orders).find(one => one.id === id);
      if (!order) refuse(400, 'U011', 'There is no such payment.');
      order.status = nextStatus[order.status];
      answer.consent = order.consent;
      answer.document = this.#orderDocument(order);
      return undefined;
    }
    return refuse(404);
  }

  // The token of the kind that is alive, for payments, and bound to the certificate of this connection (RFC 8705).
  async #token(request, kind) {
    const [, text] = (request.headers.authorization ?? '').match(/^Bearer (.+)$/) ?? [];
    const token = text && await this.bank.provider[kind].find(text);
    const certificate = clientCertificate(request.socket);
    if (!token || !certificate) refuse(401);
    const thumbprint = createHash('sha256').update(new X509Certificate(certificate).raw).digest('base64url');
    if (token['x5t#S256'] !== thumbprint) refuse(401);
    if (!token.scopes.has('payments')) refuse(403);
    return token;
  }

  async #message(request, body) {
    const key = request.headers['x-idempotency-key'];
    if (!key) refuse(400, 'U007', 'The header is missing.', 'x-idempotency-key');
    if (key.length > 40 || key !== key.trim()) refuse(400, 'U006', 'At most 40 characters.', 'x-idempotency-key');
    if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) refuse(415);
    const {client} = this.bank;
    await verifyMessage(request.headers['x-jws-signature'], body, client.party, client.keys);
    return {key, body, document: JSON.parse(body)};
  }

  #stage({key, body, document}, answer) {
    const {Initiation, ReadRefundAccount} = document.Data;
    for (const name of ['InstructionIdentification', 'EndToEndIdentification', 'InstructedAmount', 'CreditorAccount']) {
      if (!Initiation?.[name]) refuse(400, 'U004', 'The field is missing.', `Data.Initiation.${name}`);
    }
    if (!document.Risk) refuse(400, 'U004', 'The field is missing.', 'Risk');
    const {consents, client} = this.bank;
    answer.status = 201;
    answer.consent = consents.made(client.id, '/domestic-payment-consents', key, body,
                                   () => consents.add(client.id, {ReadRefundAccount, Initiation}, document.Risk));
    answer.document = this.#consentDocument(answer.consent);
  }

  #order(token, {key, body, document}, answer) {
    const {consents, client} = this.bank;
    const intent = token.claims?.id_token?.openbanking_intent_id?.value;
    const consent = consents.get(document.Data.ConsentId);
    if (!consent || consent.id !== intent) refuse(403);
    consent.orderRequests += 1;
    answer.consent = consent;
    answer.status = 201;
    const order = consents.made(client.id, '/domestic-payments', key, body, () => {
      if (consent.status !== 'AUTH') refuse(400, 'U009', `The consent is ${consent.status}.`);
      if (!sameJson(document.Data.Initiation, consent.data.Initiation)) refuse(400, 'U008', 'It differs.', 'Data.Initiation');
      if (!sameJson(document.Risk, consent.risk)) refuse(400, 'U008', 'It differs.', 'Risk');
      const executed = this.alter.executes(consent);
      if (executed) consents.settle(consent, 'COND');
      const made = {
        id: `payment-of-${consent.id}`.slice(0, 40), consent, status: 'RCVD', created: new Date().toISOString(), executed
      };
      consent.orders.push(made);
      return made;
    });
    answer.document = this.#orderDocument(order);
  }

  #consentDocument(consent) {
    return {
      Data: {
        ConsentId: consent.id, CreationDateTime: consent.created, Status: consent.status,
        StatusUpdateDateTime: consent.changed, ...structuredClone(consent.data)
      },
      Risk: consent.risk, Links: {Self: `${this.bank.url}${prefix}/domestic-payment-consents/${consent.id}`}, Meta: {}
    };
  }

  #orderDocument(order) {
    const {consent} = order;
    return {
      Data: {
        DomesticPaymentId: order.id, ConsentId: consent.id, CreationDateTime: order.created, Status: order.status,
        StatusUpdateDateTime: new Date().toISOString(), Initiation: structuredClone(consent.data.Initiation)
      },
      Links: {Self: `${this.bank.url}${prefix}/domestic-payments/${order.id}`}, Meta: {}
    };
  }
}
