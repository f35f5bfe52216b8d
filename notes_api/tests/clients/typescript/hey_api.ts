/** Uses the server with the client that @hey-api/openapi-ts makes: `node hey_api.js URL EMAIL`. */
import { email, expectEqual, PASSWORD, present, url } from "./expect.js";
import { createClient, createConfig } from "./hey/client/index.js";
import * as api from "./hey/index.js";

const connect = (auth?: string) => createClient(createConfig<api.ClientOptions>({ baseUrl: url as "/", auth }));

const visitor = connect();
const registered = await api.registerUser({ client: visitor, body: { email, password: PASSWORD } });
expectEqual(registered.response?.status, 201);
const tokens = await api.login({ client: visitor, body: { username: email, password: PASSWORD } });
const client = connect(present(tokens.data).access_token);

/** Narrows the type: only with `Prefer: return=minimal` is there no body. */
function whole<Value>(saved: Value): Exclude<Value, void | undefined> {
  return present(saved) as Exclude<Value, void | undefined>;
}

async function create(title: string, content?: string, tags?: string[]) {
  const saved = whole((await api.createNote({ client, body: { title, content, tags } })).data);
  if (!("title" in saved)) {
    throw new Error("a receipt");
  }
  return saved;
}

// Create, update, and the conflict of a second device
const note = await create("Groceries", "milk\n", ["home"]);
const path = { id: note.id };
const headers = { "If-Match": `"${note.version}"` };
const pinned = whole((await api.updateNote({ client, path, headers, body: { is_pinned: true } })).data);
expectEqual([pinned.is_pinned, pinned.version > note.version], [true, true]);
const { error } = await api.updateNote({ client, path, headers, body: { title: "Jam" } });
if (error === undefined || !("current" in error)) {
  throw new Error("not a conflict");
}
const { current } = error as api.Conflict;
expectEqual([error.code, current?.version, current?.title], ["precondition_failed", pinned.version, "Groceries"]);
await api.appendToNote({ client, path, body: { text: "eggs\n" } });
const revisions = present((await api.listRevisions({ client, path })).data).results;
expectEqual(revisions.map((each) => [each.version, each.tags]), [[pinned.version, ["home"]]]);
expectEqual(present((await api.listTags({ client })).data).results, [{ name: "home", count: 1 }]);

// Pages and search
for (const title of ["Bread", "Jam", "Tea"]) {
  await create(title);
}
const query = { limit: 3, count: true, ordering: "title" } as const;
const page = present((await api.listNotes({ client, query })).data);
expectEqual([page.total, page.results.map((each) => each.title)], [4, ["Bread", "Groceries", "Jam"]]);
const following = { ...query, cursor: present(page.next_cursor) };
const last = present((await api.listNotes({ client, query: following })).data);
expectEqual([last.results.map((each) => each.title), last.next_cursor], [["Tea"], null]);
const found = present((await api.listNotes({ client, query: { q: "eggs" } })).data).results;
expectEqual([found.map((each) => each.id), found[0]?.match?.ranges.length], [[note.id], 1]);

// Batches and sync
const operations: api.BatchRequest["operations"] = [
  { op: "create", note: { title: "Cheese" } },
  { op: "append", id: note.id, text: "ham\n", if_version: note.version },
  { op: "delete", id: present(page.results[0]?.id) },
];
const [created, stale, deleted] = present((await api.batchNotes({ client, body: { operations } })).data).results;
expectEqual([created?.status, stale?.status, deleted?.status], [201, 412, 204]);
expectEqual(stale?.problem?.current?.content, "milk\neggs\n");
const changes: api.Change[] = [];
let since: string | undefined;
for (let hasMore = true; hasMore; ) {
  const feed = present((await api.listChanges({ client, query: { limit: 2, since } })).data);
  changes.push(...feed.changes);
  [since, hasMore] = [feed.next, feed.has_more];
}
const titles = (op: "upsert" | "trash") => changes.flatMap((each) => (each.op === op ? [each.note.title] : [])).sort();
expectEqual([titles("upsert"), titles("trash")], [["Cheese", "Groceries", "Jam", "Tea"], ["Bread"]]);
expectEqual((await api.deleteNote({ client, path })).response?.status, 204);

// A token that may only add gets receipts
const form = await api.createToken({ client, body: { name: "Form", scopes: ["notes:append"] } });
const receipt = await api.createNote({ client: connect(present(form.data).token), body: { title: "From a form" } });
expectEqual(Object.keys(whole(receipt.data)), ["id", "version"]);
expectEqual((await api.logout({ client })).response?.status, 204);
