/** The steps of the story with the client of @hey-api/openapi-ts. */
import {
  completeTask,
  createProject,
  createTask,
  getTask,
  listTasks,
  logIn as startSession,
  logOut,
  updateTask,
  type Problem,
} from "./client";
import { client } from "./client/client.gen";
import { runStory, type Answer, type Client } from "./telling";

function answer<Body>(told: { data?: Body; error?: Problem | undefined; response?: Response }): Answer<Body> {
  const { data, error, response } = told;
  if (!response) throw new Error("There was no answer.");
  return { status: response.status, header: (name) => response.headers.get(name), body: data, problem: error };
}

async function logIn(baseUrl: string, email: string, password: string): Promise<Client> {
  client.setConfig({ baseUrl });
  const { data } = await startSession({ body: { email, password }, throwOnError: true });
  client.setConfig({ auth: (scheme) => (scheme.scheme === "bearer" ? data.access_token : undefined) });
  return {
    createProject: async (organization_id, key, name, idempotencyKey) =>
      answer(
        await createProject({ body: { organization_id, key, name }, headers: { "Idempotency-Key": idempotencyKey } }),
      ),
    createTask: async (project_id, title, idempotencyKey) =>
      answer(
        await createTask({
          body: { project_id, title, priority: "high" },
          headers: { "Idempotency-Key": idempotencyKey },
        }),
      ),
    getTask: async (task_id) => answer(await getTask({ path: { task_id } })),
    listTasks: async (projectId, limit, cursor) =>
      answer(await listTasks({ query: { project_id: [projectId], limit, cursor } })),
    renameTask: async (task_id, title, ifMatch) =>
      answer(await updateTask({ path: { task_id }, body: { title }, headers: { "If-Match": ifMatch } })),
    completeTask: async (task_id) => answer(await completeTask({ path: { task_id } })),
    logOut: async () => answer(await logOut()),
  };
}

void runStory(logIn);
