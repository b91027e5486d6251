// What a bank, or whoever stands between it and us, may say wrongly: each with the reason that the server must give. The bank
// finds the defect of a payment by its payee's name, which is the defect's; a payment to anybody else is served honestly.
import { constants, createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

const now = () => Math.floor(Date.now() / 1000);
const encode = value => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const decode = text => JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
const another = generateKeyPairSync('rsa', {modulusLength: 2048}).privateKey;
const claim = name => `http://openbanking.org.uk/${name}`;

const algorithms = {
  PS256: (input, key) => sign('sha256', input, {key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32}),
  RS256: (input, key) => sign('sha256', input, key),
  // The attack on verifiers that take the public key for a shared secret.
  HS256: (input, key) => createHmac('sha256', createPublicKey(key).export({type: 'spki', format: 'pem'})).update(input).digest(),
  none: () => Buffer.alloc(0)
};
const signed = (header, payload, key) => {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${algorithms[header.alg](Buffer.from(input), key).toString('base64url')}`;
};
const detached = token => token.replace(/\.[^.]*\./, '..');

// The id_token with other claims or header, signed anew. A value of undefined leaves the member out.
const idToken = ({claims = {}, header = {}, key, payload}) => (token, bankKey) => {
  const [head, body] = token.split('.');
  const changed = {...decode(body), ...(typeof claims === 'function' ? claims() : claims)};
  return signed({...decode(head), ...header}, payload ?? changed, key ?? bankKey);
};
const front = change => ({fragment: (fields, key) => fields.set('id_token', idToken(change)(fields.get('id_token'), key))});
const fragment = change => ({fragment: change});
const error = name => fragment(fields => {
  for (const field of ['code', 'id_token']) fields.delete(field);
  fields.set('error', name);
});
const tokenAnswer = change => ({token: (answer, key) => { change(answer.document, key); }});
const second = change => tokenAnswer((document, key) => { document.id_token = idToken(change)(document.id_token, key); });
const signature = ({header = {}, key}) => ({
  operation: 'POST domestic-payment-consents',
  message: (body, headers, bankKey) => {
    const [head] = headers['x-jws-signature'].split('.');
    headers['x-jws-signature'] = detached(signed({...decode(head), ...header}, body, key ?? bankKey));
  }
});
const headers = change => ({operation: 'POST domestic-payment-consents', message: (body, all) => change(all)});
const consentSays = change => ({operation: 'POST domestic-payment-consents', document: change});
// The bank says that it took the order, and did not.
const orderSays = change => ({operation: 'POST domestic-payments', document: change, executes: false});

// name: {reason, how the bank errs, and where the shop finds the reason: on the payment unless it says `landing` or `trouble`}.
export const defects = Object.entries({
  's_hash of another state': {reason: 'id_token_state_hash', ...front({claims: {s_hash: 'LDktKdoQak3Pk0cnXxCltA'}})},
  's_hash missing': {reason: 'id_token_state_hash_missing', ...front({claims: {s_hash: undefined}})},
  'c_hash of another code': {reason: 'id_token_code_hash', ...front({claims: {c_hash: 'LDktKdoQak3Pk0cnXxCltA'}})},
  'c_hash missing': {reason: 'id_token_code_hash_missing', ...front({claims: {c_hash: undefined}})},
  'nonce of another request': {reason: 'id_token_nonce', ...front({claims: {nonce: 'another-nonce'}})},
  'nonce missing': {reason: 'id_token_nonce_missing', ...front({claims: {nonce: undefined}})},
  'iss of another bank': {reason: 'id_token_issuer', ...front({claims: {iss: 'https://another.example'}})},
  'iss missing': {reason: 'id_token_issuer_missing', ...front({claims: {iss: undefined}})},
  'aud of another client': {reason: 'id_token_audience', ...front({claims: {aud: 'another-client'}})},
  'aud missing': {reason: 'id_token_audience_missing', ...front({claims: {aud: undefined}})},
  'azp of another client': {reason: 'id_token_authorised_party', ...front({claims: {azp: 'another-client'}})},
  'exp in the past': {reason: 'id_token_expired', ...front({claims: () => ({exp: now() - 120})})},
  'exp missing': {reason: 'id_token_expiry_missing', ...front({claims: {exp: undefined}})},
  'iat in the future': {reason: 'id_token_issued_at', ...front({claims: () => ({iat: now() + 300})})},
  'iat missing': {reason: 'id_token_issued_at_missing', ...front({claims: {iat: undefined}})},
  'intent of another consent': {reason: 'id_token_intent', ...front({claims: {openbanking_intent_id: 'consent-0-other'}})},
  'intent missing': {reason: 'id_token_intent_missing', ...front({claims: {openbanking_intent_id: undefined}})},
  'acr too weak': {reason: 'id_token_acr', ...front({claims: {acr: 'urn:mace:incommon:iap:silver'}})},
  'acr missing': {reason: 'id_token_acr_missing', ...front({claims: {acr: undefined}})},
  'sub empty': {reason: 'id_token_subject', ...front({claims: {sub: ''}})},
  'sub missing': {reason: 'id_token_subject_missing', ...front({claims: {sub: undefined}})},
  'alg none': {reason: 'id_token_unsigned', ...front({header: {alg: 'none'}})},
  'alg HS256 by the public key': {reason: 'id_token_symmetric', ...front({header: {alg: 'HS256'}})},
  'alg RS256': {reason: 'id_token_algorithm', ...front({header: {alg: 'RS256'}})},
  'kid unknown': {reason: 'id_token_key_unknown', ...front({header: {kid: 'nobody'}, key: another})},
  'signed by another key': {reason: 'id_token_signature', ...front({key: another})},
  'critical header unknown': {reason: 'id_token_critical', ...front({header: {crit: ['exp'], exp: 1}})},
  'claims that are a list': {reason: 'id_token_unreadable', ...front({payload: '[]'})},
  'no JWT': {reason: 'id_token_malformed', ...fragment(fields => fields.set('id_token', 'granted'))},

  'no state': {reason: 'state_missing', landing: 400, ...fragment(fields => fields.delete('state'))},
  'wrong state': {reason: 'state_unknown', landing: 404, ...fragment(fields => fields.set('state', 'another-state'))},
  'no code': {reason: 'code_missing', landing: 400, ...fragment(fields => fields.delete('code'))},
  'no id_token': {reason: 'id_token_missing', landing: 400, ...fragment(fields => fields.delete('id_token'))},
  'error of the server': {reason: 'payer_server_error', ...error('server_error')},
  'error with markup': {reason: 'payer_refused', ...error('<b>Call 0800</b>')},
  'code used before': {reason: 'invalid_grant', spendsCode: true},

  'another payer in the second id_token': {reason: 'id_token_subject_differs', ...second({claims: {sub: 'somebody-else'}})},
  'at_hash of another token': {reason: 'id_token_access_hash', ...second({claims: {at_hash: 'LDktKdoQak3Pk0cnXxCltA'}})},
  'no second id_token': {reason: 'token_without_id_token', ...tokenAnswer(document => { delete document.id_token; })},
  'no access token': {reason: 'token_missing', ...tokenAnswer(document => { delete document.access_token; })},
  'token of another type': {reason: 'token_type', ...tokenAnswer(document => { document.token_type = 'MAC'; })},
  'token without expiry': {reason: 'token_expiry', ...tokenAnswer(document => { delete document.expires_in; })},
  'token answer no JSON': {reason: 'token_unreadable', token: answer => { answer.text = '<html>Fine</html>'; }},
  'token endpoint down': {reason: 'token_endpoint_failed', token: answer => { answer.status = 502; answer.text = ''; }},

  'message unsigned': {reason: 'signature_missing', ...headers(all => { delete all['x-jws-signature']; })},
  'message signature no JWS': {reason: 'signature_malformed', ...headers(all => { all['x-jws-signature'] = 'signed, the bank'; })},
  'message signed by another key': {reason: 'signature_invalid', ...signature({key: another})},
  'message signed by another issuer': {reason: 'signature_issuer', ...signature({header: {[claim('iss')]: 'another-bank'}})},
  'message of another anchor': {reason: 'signature_anchor', ...signature({header: {[claim('tan')]: 'example.org'}})},
  'message of the future': {reason: 'signature_time', ...signature({header: {[claim('iat')]: now() + 86_400}})},
  'message with alg none': {reason: 'signature_unsigned', ...signature({header: {alg: 'none'}})},
  'message with alg HS256': {reason: 'signature_symmetric', ...signature({header: {alg: 'HS256'}})},
  'message with alg RS256': {reason: 'signature_algorithm', ...signature({header: {alg: 'RS256'}})},
  'message not critical': {reason: 'signature_critical', ...signature({header: {crit: [claim('iat')]}})},
  'message of another type': {reason: 'signature_type', ...signature({header: {typ: 'JWT'}})},
  'message with kid unknown': {reason: 'signature_key_unknown', trouble: true, ...signature({header: {kid: 'nobody'}, key: another})},
  'consent for another amount': {
    reason: 'consent_differs', ...consentSays(document => { document.Data.Initiation.InstructedAmount.Amount = '99.00'; })
  },
  'consent refused at once': {reason: 'consent_refused', ...consentSays(document => { document.Data.Status = 'RJCT'; })},

  'order of another consent': {reason: 'answer_of_another', ...orderSays(document => { document.Data.ConsentId = 'consent-0'; })},
  'order of another amount': {
    reason: 'answer_differs', ...orderSays(document => { document.Data.Initiation.InstructedAmount.Amount = '99.00'; })
  },
  'order with a status of its own': {reason: 'status_unknown', ...orderSays(document => { document.Data.Status = 'FINE'; })}
}).map(([name, defect]) => ({name, ...defect}));

const byName = new Map(defects.map(defect => [defect.name, defect]));
export const defectOf = consent => byName.get(consent?.data.Initiation.CreditorAccount.Name) ?? {};

// For Payments: what becomes of the payment API's answers.
export const alterations = bankKey => {
  const at = ({consent, operation}) => {
    const defect = defectOf(consent);
    return defect.operation === operation ? defect : {};
  };
  return {
    executes: consent => defectOf(consent).executes ?? true,
    document: answer => { if (answer.status < 300) at(answer).document?.(answer.document); },
    message: (answer, body, all) => {
      if (answer.status < 300) at(answer).message?.(body, all, bankKey);
      return body;
    }
  };
};

// Puts itself between the authorisation server and the network: what it redirects to and what its token endpoint answers.
export const alterAuthorisation = (response, {provider, consents, key, redirectUri}) => {
  const end = response.end.bind(response);
  response.end = (chunk, ...rest) => {
    const location = response.getHeader('Location');
    if (location?.startsWith(redirectUri)) {
      const [base, hash] = location.split('#');
      const fields = new URLSearchParams(hash);
      const defect = defectOf(consents.get(intentIn(fields.get('id_token'))));
      defect.fragment?.(fields, key);
      response.setHeader('Location', `${base}#${fields}`);
      if (defect.spendsCode) {
        provider.AuthorizationCode.find(fields.get('code')).then(code => code.consume()).then(() => end(chunk, ...rest));
        return response;
      }
      return end(chunk, ...rest);
    }
    const document = jsonIn(response, chunk);
    const defect = defectOf(consents.get(intentIn(document?.id_token)));
    if (!defect.token) return end(chunk, ...rest);
    const answer = {document, status: response.statusCode};
    defect.token(answer, key);
    const text = answer.text ?? JSON.stringify(answer.document);
    response.statusCode = answer.status;
    response.setHeader('Content-Length', Buffer.byteLength(text));
    return end(text);
  };
};

const intentIn = token => token?.split('.').length === 3 ? decode(token.split('.')[1]).openbanking_intent_id : undefined;
const jsonIn = (response, chunk) =>
    chunk && String(response.getHeader('Content-Type')).startsWith('application/json') ? JSON.parse(chunk) : undefined;
