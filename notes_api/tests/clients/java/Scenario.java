import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.*;
import org.openapitools.client.model.*;

/** Uses the server with the Java client that openapi-generator makes: {@code java Scenario URL EMAIL}. */
public class Scenario {
    static final String PASSWORD = "a long quiet walk 7";

    public static void main(String[] arguments) throws Exception {
        String url = arguments[0], email = arguments[1];
        ApiClient client = connect(url, null);
        User user = new AccountsApi(client).registerUser(new RegistrationRequest().email(email).password(PASSWORD));
        check(user.getEmail().equals(email));
        Token tokens = new LoginApi(client).login(new LoginRequest().username(email).password(PASSWORD));
        client = connect(url, tokens.getAccessToken());
        NotesApi notes = new NotesApi(client);

        // Create, update, and the conflict of a second device
        Note note = create(notes, "Groceries", "milk\n");
        Long version = note.getVersion();
        String seen = "\"" + version + "\"";
        Note pinned = notes.updateNote(note.getId(), seen, null, null, new NotePatchRequest().isPinned(true));
        check(pinned.getIsPinned() && pinned.getVersion() > version);
        try {
            notes.updateNote(note.getId(), seen, null, null, new NotePatchRequest().title("Jam"));
            check(false);
        } catch (ApiException error) {
            Conflict conflict = client.getObjectMapper().readValue(error.getResponseBody(), Conflict.class);
            check(error.getCode() == 412 && conflict.getCode().equals("precondition_failed"));
            check(conflict.getCurrent().getVersion().equals(pinned.getVersion()));
            check(conflict.getCurrent().getTitle().equals("Groceries"));
        }
        AppendRequest eggs = new AppendRequest().text("eggs\n");
        check(notes.appendToNote(note.getId(), eggs, null, null, null, null).getNote().getContent().equals("milk\neggs\n"));
        Revision earlier = new RevisionsApi(client).listRevisions(note.getId(), null, null, null).getResults().get(0);
        check(earlier.getVersion().equals(pinned.getVersion()) && earlier.getTags().equals(List.of("home")));
        check(new TagsApi(client).listTags(null, null, null).getResults().get(0).getName().equals("home"));

        // Pages and search
        for (String title : List.of("Bread", "Jam", "Tea")) {
            create(notes, title, "");
        }
        PaginatedListedNoteList page = list(notes, 3, null, null);
        check(page.getTotal() == 4 && page.getResults().get(2).getFoundNote().getTitle().equals("Jam"));
        PaginatedListedNoteList last = list(notes, 3, page.getNextCursor(), null);
        check(last.getResults().get(0).getFoundNote().getTitle().equals("Tea") && last.getNextCursor() == null);
        FoundNote found = list(notes, 3, null, "eggs").getResults().get(0).getFoundNote();
        check(found.getId().equals(note.getId()) && !found.getMatch().getRanges().isEmpty());

        // Batches and sync
        SyncApi sync = new SyncApi(client);
        BatchRequest batch = new BatchRequest()
                .addOperationsItem(new BatchOperationRequest(new CreateOperationRequest()
                        .op(CreateOperationRequest.OpEnum.CREATE)
                        .note(new NoteRequest().title("Cheese"))))
                .addOperationsItem(new BatchOperationRequest(new AppendOperationRequest()
                        .op(AppendOperationRequest.OpEnum.APPEND)
                        .id(note.getId())
                        .text("ham\n")
                        .ifVersion(version)))
                .addOperationsItem(new BatchOperationRequest(new DeleteOperationRequest()
                        .op(DeleteOperationRequest.OpEnum.DELETE)
                        .id(page.getResults().get(0).getFoundNote().getId())));
        List<BatchResult> results = sync.batchNotes(batch, null, null).getResults();
        check(results.get(0).getNote().getNote().getTitle().equals("Cheese"));
        check(results.get(1).getStatus() == 412);
        check(results.get(1).getProblem().getCurrent().getContent().equals("milk\neggs\n"));
        check(results.get(2).getStatus() == 204);
        checkChanges(sync);
        notes.deleteNote(note.getId(), null, null);

        // A token that may only add gets receipts
        ApiTokenRequest form = new ApiTokenRequest().name("Form").addScopesItem(ApiTokenRequest.ScopesEnum.NOTES_APPEND);
        String token = new ApiTokensApi(client).createToken(form).getToken();
        NoteRequest request = new NoteRequest().title("From a form");
        // This client checks no required members, so it takes the receipt for a note without them.
        Note receipt = new NotesApi(connect(url, token)).createNote(request, null, null).getNote();
        check(receipt.getVersion() > version && receipt.getTitle() == null);
        new LoginApi(client).logout(new LogoutRequest());
    }

    static void checkChanges(SyncApi sync) throws ApiException {
        List<Object> changes = new ArrayList<>();
        String since = null;
        Changes feed;
        do {
            feed = sync.listChanges(null, 2, since);
            feed.getChanges().forEach(change -> changes.add(change.getActualInstance()));
            since = feed.getNext();
        } while (feed.getHasMore());
        Set<String> upserted = new TreeSet<>(), trashed = new TreeSet<>();
        for (Object change : changes) {
            if (change instanceof UpsertChange upsert) {
                upserted.add(upsert.getNote().getNote().getTitle());
            } else if (change instanceof TrashChange trash) {
                // This client tries alternatives by name, and a whole note is also a part of one.
                PartialNote note = trash.getNote().getPartialNote();
                trashed.add(note.getTitle());
                check(note.getTrashedAt().isBefore(OffsetDateTime.now().plusDays(1)));
            }
        }
        check(upserted.equals(Set.of("Cheese", "Groceries", "Jam", "Tea")) && trashed.equals(Set.of("Bread")));
    }

    static Note create(NotesApi notes, String title, String content) throws ApiException {
        NoteRequest request = new NoteRequest().title(title).content(content);
        return notes.createNote(content.isEmpty() ? request : request.tags(List.of("home")), null, null).getNote();
    }

    static PaginatedListedNoteList list(NotesApi notes, int limit, String cursor, String query) throws ApiException {
        String ordering = query == null ? "title" : null;
        return notes.listNotes(
                null, true, null, null, cursor, null, null, null, limit, ordering, query, null, null, null);
    }

    static ApiClient connect(String url, String token) {
        ApiClient client = new ApiClient();
        client.updateBaseUri(url);
        if (token != null) {
            client.setRequestInterceptor(builder -> builder.header("Authorization", "Bearer " + token));
        }
        return client;
    }

    static void check(boolean claim) {
        if (!claim) {
            throw new AssertionError();
        }
    }
}
