/// Peer P, PocketBase as its users set it up: notes that only their owner may use, and the stock collection of users.

migrate((app) => {
  const settings = app.settings()
  // No log of each request, as with the other peers.
  settings.logs.maxDays = 0
  app.save(settings)

  const users = app.findCollectionByNameOrId("users")
  users.fields.getByName("password").cost = 12
  // No mail about log-ins from new places.
  users.authAlert.enabled = false
  app.save(users)

  const isOwner = "@request.auth.id != '' && owner = @request.auth.id"
  app.save(new Collection({
    type: "base",
    name: "notes",
    listRule: isOwner,
    viewRule: isOwner,
    createRule: isOwner,
    updateRule: isOwner,
    deleteRule: isOwner,
    fields: [
      { name: "owner", type: "relation", collectionId: users.id, required: true, maxSelect: 1, cascadeDelete: true },
      { name: "title", type: "text", required: true, max: 255 },
      { name: "content", type: "text", max: 1048576 },
      { name: "created", type: "autodate", onCreate: true },
      { name: "updated", type: "autodate", onCreate: true, onUpdate: true },
    ],
    indexes: ["CREATE INDEX notes_of_owner ON notes (owner, updated)"],
  }))
}, (app) => app.delete(app.findCollectionByNameOrId("notes")))
