/** Uses the server with openapi-fetch and the types of openapi-typescript: `node fetch.js URL EMAIL`. */
import createClient from "openapi-fetch";
import { email, expectEqual, PASSWORD, present, url } from "./expect.js";
import type { components, paths } from "./schema.js";

type Change = components["schemas"]["Change"];

const connect = (token: string) =>
  createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });

const visitor = createClient<paths>({ baseUrl: url });
expectEqual((await visitor.POST("/users", { body: { email, password: PASSWORD } })).response.status, 201);
const { data: tokens } = await visitor.POST("/login", { body: { username: email, password: PASSWORD } });
const client = connect(present(tokens).access_token);

async function create(title: string, content?: string, tags?: string[]) {
  return whole((await client.POST("/notes", { body: { title, content, tags } })).data);
}

/** Narrows the type: a note can also be returned as Markdown or as a receipt, but not to these requests. */
function whole<Value>(saved: Value): Exclude<Value, string | undefined> & { title: string } {
  if (typeof saved !== "object" || saved === null || !("title" in saved)) {
    throw new Error("not a whole note");
  }
  return saved as Exclude<Value, string | undefined> & { title: string };
}

// Create, update, and the conflict of a second device
const note = await create("Groceries", "milk\n", ["home"]);
const path = { id: note.id };
const header = { "If-Match": `"${note.version}"` };
const pinned = whole((await client.PATCH("/notes/{id}", { params: { path, header }, body: { is_pinned: true } })).data);
expectEqual([pinned.is_pinned, pinned.version > note.version], [true, true]);
const { error } = await client.PATCH("/notes/{id}", { params: { path, header }, body: { title: "Jam" } });
if (error === undefined || !("current" in error)) {
  throw new Error("not a conflict");
}
expectEqual([error.code, error.current?.version, error.current?.title], ["precondition_failed", pinned.version, "Groceries"]);
await client.POST("/notes/{id}/append", { params: { path }, body: { text: "eggs\n" } });
const revisions = await client.GET("/notes/{id}/revisions", { params: { path } });
expectEqual(present(revisions.data).results.map((each) => [each.version, each.tags]), [[pinned.version, ["home"]]]);
expectEqual(present((await client.GET("/tags")).data).results, [{ name: "home", count: 1 }]);

// Pages and search
for (const title of ["Bread", "Jam", "Tea"]) {
  await create(title);
}
const query = { limit: 3, count: true, ordering: "title" } as const;
const page = present((await client.GET("/notes", { params: { query } })).data);
expectEqual([page.total, page.results.map((each) => each.title)], [4, ["Bread", "Groceries", "Jam"]]);
const following = { ...query, cursor: present(page.next_cursor) };
const last = present((await client.GET("/notes", { params: { query: following } })).data);
expectEqual([last.results.map((each) => each.title), last.next_cursor], [["Tea"], null]);
const found = present((await client.GET("/notes", { params: { query: { q: "eggs" } } })).data).results;
expectEqual([found.map((each) => each.id), found[0]?.match?.ranges.length], [[note.id], 1]);

// Batches and sync
const bread = present(page.results[0]?.id);
const batch = await client.POST("/notes/batch", {
  body: {
    atomic: false,
    operations: [
      { op: "create", note: { title: "Cheese" } },
      { op: "append", id: note.id, text: "ham\n", if_version: note.version },
      { op: "delete", id: bread },
    ],
  },
});
const [created, stale, deleted] = present(batch.data).results;
expectEqual([created?.status, stale?.status, deleted?.status], [201, 412, 204]);
expectEqual(stale?.problem?.current?.content, "milk\neggs\n");
const changes: Change[] = [];
let since: string | undefined;
for (let hasMore = true; hasMore; ) {
  const feed = present((await client.GET("/changes", { params: { query: { limit: 2, since } } })).data);
  changes.push(...feed.changes);
  [since, hasMore] = [feed.next, feed.has_more];
}
const titles = (op: "upsert" | "trash") => changes.flatMap((each) => (each.op === op ? [each.note.title] : [])).sort();
expectEqual([titles("upsert"), titles("trash")], [["Cheese", "Groceries", "Jam", "Tea"], ["Bread"]]);
expectEqual((await client.DELETE("/notes/{id}", { params: { path } })).response.status, 204);

// A token that may only add gets receipts
const form = await client.POST("/tokens", { body: { name: "Form", scopes: ["notes:append"] } });
const receipt = await connect(present(form.data).token).POST("/notes", { body: { title: "From a form" } });
expectEqual(Object.keys(present(receipt.data)), ["id", "version"]);
expectEqual((await client.POST("/logout", { body: {} })).response.status, 204);
