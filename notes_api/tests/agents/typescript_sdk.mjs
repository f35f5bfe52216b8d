// Talks to an MCP server with the official TypeScript SDK: `node typescript_sdk.mjs VERSION URL`. VERSION is 1
// (@modelcontextprotocol/sdk) or 2 (@modelcontextprotocol/client, which speaks revision 2026-07-28). The messages on
// standard input and output are those of python_sdk.py.

import process from 'node:process';
import { createInterface } from 'node:readline';

const [version, url] = process.argv.slice(2);
const { Client, StreamableHTTPClientTransport, UnauthorizedError } =
  version === '1'
    ? {
        ...(await import('@modelcontextprotocol/sdk/client/index.js')),
        ...(await import('@modelcontextprotocol/sdk/client/streamableHttp.js')),
        ...(await import('@modelcontextprotocol/sdk/client/auth.js')),
      }
    : await import('@modelcontextprotocol/client');

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (message) => console.log(JSON.stringify(message));
const hear = async () => {
  const { value, done } = await lines.next();
  return done ? undefined : JSON.parse(value);
};

// Keeps what the SDK gets. Typed as OAuthClientProvider in both versions.
const kept = {};
const provider = {
  redirectUrl: 'http://127.0.0.1:33419/callback',
  clientMetadata: {
    client_name: `TypeScript SDK ${version}`,
    redirect_uris: ['http://127.0.0.1:33419/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  },
  state: () => (kept.state = crypto.randomUUID()),
  clientInformation: () => kept.client,
  saveClientInformation: (client) => void (kept.client = client),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => void (kept.tokens = tokens),
  redirectToAuthorization: (page) => say({ authorize: page.href }),
  saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
  codeVerifier: () => kept.verifier,
  discoveryState: () => kept.discovery,
  saveDiscoveryState: (state) => void (kept.discovery = state),
};

const token = process.env.MCP_TOKEN;
const options = token ? { requestInit: { headers: { Authorization: `Bearer ${token}` } } } : { authProvider: provider };
let client;
let transport;

async function connect() {
  transport = new StreamableHTTPClientTransport(new URL(url), options);
  client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(transport);
}

// Connect or call; where the SDK has sent the person to the page, wait for what it answers, and do it again.
async function authorized(action) {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof UnauthorizedError) || token) throw error;
    const answer = new URL((await hear()).callback).searchParams;
    if (answer.get('state') !== kept.state) throw new Error('another state');
    await (version === '1' ? transport.finishAuth(answer.get('code')) : transport.finishAuth(answer));
    if (action !== connect) return await action();
    return await connect();
  }
}

function answer({ method, params }) {
  if (method === 'tools/list') return client.listTools();
  if (method === 'tools/call') return client.callTool(params);
  // `expire`: this SDK learns from the server that its token has expired.
  return {};
}

await authorized(connect);
const negotiated = client.getNegotiatedProtocolVersion?.() ?? transport.protocolVersion;
say({ result: { protocolVersion: negotiated, instructions: client.getInstructions() } });
for (let request = await hear(); request; request = await hear()) {
  try {
    say({ result: await authorized(() => answer(request)) });
  } catch (error) {
    say({ error: error.message });
  }
}
process.exit(0);
