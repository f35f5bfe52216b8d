/// `pocketbase tokens`: prints an access token for each user, in the order of their ids, as JSON.

$app.rootCmd.addCommand(new Command({
  use: "tokens",
  run: () => {
    const users = $app.findRecordsByFilter("users", "", "id", 0, 0)
    console.log(JSON.stringify(users.map((user) => user.newAuthToken())))
  },
}))
