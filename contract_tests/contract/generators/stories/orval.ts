/** The steps of the story with the client that orval generates for fetch; the base URL is the document's. */
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
} from "./client/client";
import { runStory, type Answer, type Client } from "./telling";

interface Told<Body> {
  status: number;
  headers: Headers;
  data: Body;
}

function answer<Body>(told: Told<Body | Problem | void>): Answer<Body> {
  const { status, headers, data } = told;
  const header = (name: string) => headers.get(name);
  return status < 400 ? { status, header, body: data as Body } : { status, header, problem: data as Problem };
}

async function logIn(_: string, email: string, password: string): Promise<Client> {
  const session = await startSession({ email, password });
  if (session.status !== 201) throw new Error(`${session.status}`);
  const authorization = { Authorization: `Bearer ${session.data.access_token}` };
  const as = (headers?: Record<string, string>) => ({ headers: { ...authorization, ...headers } });
  return {
    createProject: async (organization_id, key, name, idempotencyKey) =>
      answer(await createProject({ organization_id, key, name }, {}, as({ "Idempotency-Key": idempotencyKey }))),
    createTask: async (project_id, title, idempotencyKey) =>
      answer(await createTask({ project_id, title, priority: "high" }, {}, as({ "Idempotency-Key": idempotencyKey }))),
    getTask: async (id) => answer(await getTask(id, as())),
    listTasks: async (projectId, limit, cursor) =>
      answer(await listTasks({ project_id: [projectId], limit, cursor }, as())),
    renameTask: async (id, title, ifMatch) => answer(await updateTask(id, { title }, {}, as({ "If-Match": ifMatch }))),
    completeTask: async (id) => answer(await completeTask(id, {}, as())),
    logOut: async () => answer(await logOut(as())),
  };
}

void runStory(logIn);
