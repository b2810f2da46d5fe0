// A client of the hub in the manner of the published ones: it reads statuses of 200 to 209 as
// success and all others as failure, takes the words of a 401 from its title and detail, and
// asks again up to three times, with longer and longer pauses. Prints what came of it as JSON.
const { BASE_URL, API_KEY, FUNCTION } = process.env;
const attempts = 3;

class Refused extends Error {}

async function ask(method, path, { key = API_KEY, user, body } = {}) {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  if (user) headers["x-superface-user-id"] = user;
  let failure;
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await new Promise((done) => setTimeout(done, 10 * 4 ** attempt));
    try {
      const answer = await fetch(BASE_URL + path, { method, headers, body: body && JSON.stringify(body) });
      if (answer.status >= 200 && answer.status < 210) return await answer.json();
      const { title, detail } = await answer.json();
      if (answer.status === 401) throw new Refused(`${title}. ${detail}`);
      failure = new Error(`${answer.status} ${title}. ${detail}`);
    } catch (error) {
      if (error instanceof Refused) throw error;
      failure = error;
    }
  }
  throw failure;
}

async function failure(promise) {
  try {
    return { unexpected: await promise };
  } catch (error) {
    return error.message;
  }
}

const user = "client|alice";
const run = (body, name = FUNCTION, as = user) => ask("POST", `/api/hub/perform/${name}`, { user: as, body });
const state = (name) => ask("GET", `/api/hub/tools/${name}`, { user });

console.log(
  JSON.stringify({
    tools: await ask("GET", "/api/hub/fd"),
    link: await ask("POST", "/api/hub/session", { user }),
    success: await run({ city: "Vienna" }),
    blocked: await run({ city: "Vienna" }, FUNCTION, "client|stranger"),
    wrong: await run({ town: "Vienna" }),
    tool: await state("weather"),
    function: await state(FUNCTION),
    wrongKey: await failure(ask("GET", "/api/hub/fd", { key: "no-such-key" })),
    wrongKeyPerform: await failure(ask("POST", `/api/hub/perform/${FUNCTION}`, { key: "no-such-key", user, body: {} })),
    unknownFunction: await failure(run({}, "weather__nothing")),
    unknownTool: await failure(state("nothing")),
    noUser: await failure(ask("POST", "/api/hub/session")),
  }),
);
