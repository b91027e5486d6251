// x-jws-signature, both ways, by npm's jose: written from the Read/Write API's section on message signing.
import { jose } from './oidc_packages.mjs';

const claim = name => `http://openbanking.org.uk/${name}`;
const critical = [claim('iat'), claim('iss'), claim('tan')];
const understood = Object.fromEntries(critical.map(name => [name, true]));
const clockSkewSeconds = 5;

export class SignatureRefused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export const secondsNow = () => Math.floor(Date.now() / 1000);

// The header of a signature by the party over anything.
export const headerOf = (party, kid) => ({
  alg: 'PS256', kid, typ: 'JOSE', cty: 'application/json',
  [claim('iat')]: secondsNow() - 1, [claim('iss')]: party.issuer, [claim('tan')]: party.trustAnchor,
  crit: critical
});

// `header..signature` over the bytes of the body.
export const signMessage = async (body, party, kid, key) => {
  const whole = await new jose.CompactSign(new TextEncoder().encode(body))
      .setProtectedHeader(headerOf(party, kid)).sign(key, {crit: understood});
  const [header, , signature] = whole.split('.');
  return `${header}..${signature}`;
};

// Throws SignatureRefused with the Read/Write API's error code unless the sender signed these bytes.
export const verifyMessage = async (signature, body, sender, keys) => {
  if (!signature) throw new SignatureRefused('U019', 'x-jws-signature is missing.');
  const parts = signature.split('.');
  if (parts.length !== 3 || parts[1] !== '') throw new SignatureRefused('U018', 'x-jws-signature is not detached.');
  let verified;
  try {
    verified = await jose.compactVerify(`${parts[0]}.${jose.base64url.encode(body)}.${parts[2]}`,
                                        jose.createLocalJWKSet(keys), {algorithms: ['PS256'], crit: understood});
  } catch (error) {
    if (error.code === 'ERR_JWKS_NO_MATCHING_KEY') throw new SignatureRefused('U016', 'kid is not known.');
    throw new SignatureRefused('U015', error.message);
  }
  const header = verified.protectedHeader;
  const allowed = new Set(['alg', 'kid', 'typ', 'cty', 'crit', ...critical]);
  const extra = Object.keys(header).filter(name => !allowed.has(name));
  if (extra.length > 0) throw new SignatureRefused('U015', `The header holds ${extra}.`);
  if (critical.some(name => !header.crit?.includes(name))) throw new SignatureRefused('U017', 'crit lacks a claim.');
  if ((header.typ ?? 'JOSE') !== 'JOSE') throw new SignatureRefused('U016', 'typ is not JOSE.');
  if (!['json', 'application/json', undefined].includes(header.cty)) throw new SignatureRefused('U016', 'cty is not json.');
  if (!Number.isInteger(header[claim('iat')]) || header[claim('iat')] > secondsNow() + clockSkewSeconds) {
    throw new SignatureRefused('U016', 'iat is not of the past.');
  }
  if (header[claim('iss')] !== sender.issuer) throw new SignatureRefused('U016', 'iss is not the sender.');
  if (header[claim('tan')] !== sender.trustAnchor) throw new SignatureRefused('U016', 'tan is not trusted.');
};
