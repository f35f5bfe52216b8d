/** Uses the server with the TypeScript client that openapi-generator makes: `node generated_fetch.js URL EMAIL`. */
import { email, expectEqual, PASSWORD, present, url } from "./expect.js";
import * as api from "./generated/index.js";

/** Returns the configuration. The client adds `Bearer` for API tokens, but not for the token of an OAuth 2 log-in. */
const connect = (token?: string) =>
  new api.Configuration({
    basePath: url,
    accessToken: token === undefined ? undefined : (scheme) => (scheme === "login" ? `Bearer ${token}` : token),
  });

const visitor = connect();
await new api.AccountsApi(visitor).registerUser({ registrationRequest: { email, password: PASSWORD } });
const tokens = await new api.LoginApi(visitor).login({ loginRequest: { username: email, password: PASSWORD } });
const client = connect(tokens.accessToken);
const notes = new api.NotesApi(client);

// Create, update, and the conflict of a second device
const noteRequest = { title: "Groceries", content: "milk\n", tags: ["home"] };
const note = (await notes.createNote({ noteRequest })) as api.Note;
const seen = { id: note.id, ifMatch: `"${note.version}"` };
const pinned = present(await notes.updateNote({ ...seen, notePatchRequest: { isPinned: true } }));
expectEqual([pinned.isPinned, pinned.version > note.version], [true, true]);
try {
  await notes.updateNote({ ...seen, notePatchRequest: { title: "Jam" } });
} catch (error) {
  const { response } = error as api.ResponseError;
  const conflict = api.ConflictFromJSON(await response.json());
  expectEqual([conflict.status, conflict.current?.version, conflict.current?.title], [412, pinned.version, "Groceries"]);
}
await notes.appendToNote({ id: note.id, appendRequest: { text: "eggs\n" } });
const revisions = await new api.RevisionsApi(client).listRevisions({ id: note.id });
expectEqual(revisions.results.map((each) => [each.version, each.tags]), [[pinned.version, ["home"]]]);
expectEqual((await new api.TagsApi(client).listTags()).results, [{ name: "home", count: 1 }]);

// Pages and search
for (const title of ["Bread", "Jam", "Tea"]) {
  await notes.createNote({ noteRequest: { title } });
}
const query = { limit: 3, count: true, ordering: api.ListNotesOrderingEnum.Title };
const page = await notes.listNotes(query);
expectEqual([page.total, page.results.map((each) => each.title)], [4, ["Bread", "Groceries", "Jam"]]);
const last = await notes.listNotes({ ...query, cursor: present(page.nextCursor) });
expectEqual([last.results.map((each) => each.title), last.nextCursor], [["Tea"], null]);
const found = (await notes.listNotes({ q: "eggs" })).results;
expectEqual([found.map((each) => each.id), found[0]?.match?.ranges.length], [[note.id], 1]);

// Batches and sync
const sync = new api.SyncApi(client);
const batchRequest: api.BatchRequest = {
  operations: [
    { op: "create", note: { title: "Cheese" } },
    { op: "append", id: note.id, text: "ham\n", ifVersion: note.version },
    { op: "delete", id: present(page.results[0]?.id) },
  ],
};
const [created, stale, deleted] = (await sync.batchNotes({ batchRequest })).results;
expectEqual([created?.status, stale?.status, deleted?.status], [201, 412, 204]);
expectEqual(stale?.problem?.current?.content, "milk\neggs\n");
const changes: api.Change[] = [];
let since: string | undefined;
for (let hasMore = true; hasMore; ) {
  const feed = await sync.listChanges({ limit: 2, since });
  changes.push(...feed.changes);
  [since, hasMore] = [feed.next, feed.hasMore];
}
const titles = (op: "upsert" | "trash") => changes.flatMap((each) => (each.op === op ? [each.note.title] : [])).sort();
expectEqual([titles("upsert"), titles("trash")], [["Cheese", "Groceries", "Jam", "Tea"], ["Bread"]]);
await notes.deleteNote({ id: note.id });

// A token that may only add gets receipts
const apiTokenRequest: api.ApiTokenRequest = { name: "Form", scopes: ["notes:append"] };
const form = await new api.APITokensApi(client).createToken({ apiTokenRequest });
const added = await new api.NotesApi(connect(form.token)).createNote({ noteRequest: { title: "From a form" } });
const receipt = present(added);
expectEqual([typeof receipt.id, receipt.version > note.version], ["string", true]);
await new api.LoginApi(client).logout();
