/** The steps of the story with the client of swagger-typescript-api, which throws what is not 2xx. */
import { Api, TaskPriority, type HttpResponse, type Problem } from "./client/client";
import { runStory, type Answer, type Client } from "./telling";

async function answer<Body>(asked: Promise<HttpResponse<Body, Problem>>): Promise<Answer<Body>> {
  const response = await asked.catch((refused: HttpResponse<Body, Problem>) => refused);
  const { status, headers } = response;
  const header = (name: string) => headers.get(name);
  return response.ok ? { status, header, body: response.data } : { status, header, problem: response.error };
}

async function logIn(baseUrl: string, email: string, password: string): Promise<Client> {
  const remit = new Api<string>({
    baseUrl,
    securityWorker: (token) => (token ? { headers: { Authorization: `Bearer ${token}` } } : {}),
  });
  const session = await remit.sessions.logIn({ email, password });
  remit.setSecurityData(session.data.access_token);
  const once = (key: string) => ({ headers: { "Idempotency-Key": key } });
  return {
    createProject: (organization_id, key, name, idempotencyKey) =>
      answer(remit.projects.createProject({ organization_id, key, name }, {}, once(idempotencyKey))),
    createTask: (project_id, title, idempotencyKey) =>
      answer(remit.tasks.createTask({ project_id, title, priority: TaskPriority.TASK_PRIORITY_HIGH }, {}, once(idempotencyKey))),
    getTask: (id) => answer(remit.tasks.getTask(id)),
    listTasks: (projectId, limit, cursor) => answer(remit.tasks.listTasks({ project_id: [projectId], limit, cursor })),
    renameTask: (id, title, ifMatch) => answer(remit.tasks.updateTask(id, { title }, {}, { headers: { "If-Match": ifMatch } })),
    completeTask: (id) => answer(remit.tasks.completeTask(id)),
    logOut: () => answer(remit.sessions.logOut()),
  };
}

void runStory(logIn);
