// The payer's browser: it keeps cookies, follows redirects, answers the bank's page, and stops where the bank sends it back.
import https from 'node:https';

export class Browser {
  #cookies = new Map();
  #authority;
  constructor(authority) { this.#authority = authority; }

  // One exchange: {status, location, text}.
  send(method, url, body = '') {
    return new Promise((resolve, reject) => {
      const request = https.request(url, {
        method, ca: this.#authority,
        headers: {
          Cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
          ...(body ? {'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(body)} : {})
        }
      }, response => {
        for (const cookie of response.headers['set-cookie'] ?? []) {
          const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/);
          this.#cookies.set(name, value);
        }
        let text = '';
        response.on('data', data => { text += data; }).on('end', () => {
          const location = response.headers.location && new URL(response.headers.location, url).href;
          resolve({status: response.statusCode, location, text});
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  // Goes from the bank's authorisation URL to the client's redirect URI, pressing the button on the way. Comes back with the
  // fragment that the bank put there.
  async authorise(url, redirectUri, button = 'approve') {
    let answer = await this.send('GET', url);
    for (let step = 0; step < 10; ++step) {
      if (answer.location?.startsWith(redirectUri)) return new URL(answer.location).hash.slice(1);
      if (answer.location) {
        url = answer.location;
        answer = await this.send('GET', url);
      } else if (answer.status === 200 && answer.text.includes('<form')) {
        answer = await this.send('POST', url, `answer=${button}`);
      } else {
        throw new Error(`The bank's page answered ${answer.status}: ${answer.text}`);
      }
    }
    throw new Error(`The bank redirects without end: ${url}`);
  }
}
