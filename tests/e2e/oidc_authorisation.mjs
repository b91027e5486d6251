// A bank's authorisation server: npm's oidc-provider under FAPI 1.0 Final, with the hybrid flow, signed request objects,
// private_key_jwt, mutual TLS and tokens bound to the certificate. What is ours here is the payer's page and the intent.
import { Provider } from './oidc_packages.mjs';

const strongAuthentication = 'urn:openbanking:psd2:sca';

// The client's certificate of a connection as PEM; undefined when it shows none, or one of an authority not trusted here.
export const clientCertificate = socket => {
  const raw = socket.authorized ? socket.getPeerCertificate().raw : undefined;
  return raw && `-----BEGIN CERTIFICATE-----\n${raw.toString('base64')}\n-----END CERTIFICATE-----`;
};

// Of a token or code: the consent that it is for.
export const intentOf = token => token.claims?.id_token?.openbanking_intent_id?.value;

// `isBrief` says of a consent's id whether its tokens live for seconds and are refreshed.
export const makeProvider = ({issuer, client, keys, cookieKey, isBrief}) => {
  return new Provider(issuer, {
    clients: [{
      client_id: client.id, redirect_uris: [client.redirectUri], jwks: client.keys, scope: 'openid payments',
      response_types: ['code id_token'], grant_types: ['authorization_code', 'implicit', 'client_credentials', 'refresh_token'],
      token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'PS256',
      id_token_signed_response_alg: 'PS256', request_object_signing_alg: 'PS256', require_signed_request_object: true,
      tls_client_certificate_bound_access_tokens: true
    }],
    jwks: keys,
    scopes: ['openid', 'payments'],
    claims: {openid: ['sub'], acr: null, auth_time: null, iss: null, sid: null, openbanking_intent_id: null},
    acrValues: [strongAuthentication],
    responseTypes: ['code id_token'],
    clientAuthMethods: ['private_key_jwt'],
    enabledJWA: {idTokenSigningAlgValues: ['PS256'], requestObjectSigningAlgValues: ['PS256'], clientAuthSigningAlgValues: ['PS256']},
    cookies: {keys: [cookieKey]},
    features: {
      devInteractions: {enabled: false},
      clientCredentials: {enabled: true},
      claimsParameter: {enabled: true},
      requestObjects: {enabled: true},
      fapi: {enabled: true, profile: '1.0 Final'},
      mTLS: {
        enabled: true, certificateBoundAccessTokens: true,
        getCertificate: ctx => clientCertificate(ctx.socket), certificateAuthorized: ctx => ctx.socket.authorized
      }
    },
    issueRefreshToken: (ctx, of, code) => isBrief(intentOf(code)),
    ttl: {AccessToken: (ctx, token) => isBrief(intentOf(token)) ? 20 : 600, RefreshToken: 600, ClientCredentials: 600, IdToken: 600, AuthorizationCode: 60, Interaction: 600, Session: 600, Grant: 600},
    interactions: {url: (ctx, interaction) => `/interaction/${interaction.uid}`},
    findAccount: (ctx, sub) => ({
      accountId: sub,
      claims: (use, scope, claims) => ({sub, openbanking_intent_id: claims?.openbanking_intent_id?.value})
    })
  });
};

// The page on which the payer says yes or no. `consents` finds the intent that the request object names.
export const serveInteraction = async (provider, consents, request, response) => {
  const {params} = await provider.interactionDetails(request, response);
  const intent = JSON.parse(params.claims ?? '{}').id_token?.openbanking_intent_id?.value;
  const consent = consents.get(intent);
  const finish = result => provider.interactionFinished(request, response, result, {mergeWithLastSubmission: false});
  if (consent?.status !== 'AWAU' || consent.clientId !== params.client_id) {
    return finish({error: 'invalid_request', error_description: 'There is no such consent to be given.'});
  }
  if (request.method === 'GET') {
    const {Amount, Currency} = consent.data.Initiation.InstructedAmount;
    response.writeHead(200, {'Content-Type': 'text/html; charset=utf-8'});
    return response.end(`<!doctype html><title>Your bank</title><p>Pay ${Amount} ${Currency}?</p><form method="post">
<button name="answer" value="approve">Yes</button><button name="answer" value="reject">No</button></form>`);
  }
  let form = '';
  for await (const part of request) form += part;
  if (new URLSearchParams(form).get('answer') !== 'approve') {
    consents.settle(consent, 'RJCT');
    return finish({error: 'access_denied', error_description: 'The payer said no.'});
  }
  consents.settle(consent, 'AUTH');
  const accountId = `payer-of-${intent}`;
  const grant = new provider.Grant({accountId, clientId: params.client_id});
  grant.addOIDCScope('openid payments');
  grant.addOIDCClaims(['openbanking_intent_id']);
  return finish({login: {accountId, acr: strongAuthentication, amr: ['mfa']}, consent: {grantId: await grant.save()}});
};
