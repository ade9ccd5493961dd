/** The steps of the story with the client of openapi-generator for TypeScript with axios. */
import { isAxiosError, type AxiosResponse } from "axios";
import { Configuration, ProjectsApi, SessionsApi, TaskPriority, TasksApi, type Problem } from "./client";
import { runStory, type Answer, type Client } from "./telling";

const headerOf = (response: AxiosResponse) => (name: string) => {
  const value: unknown = response.headers[name.toLowerCase()];
  return typeof value === "string" ? value : null;
};

async function answer<Body>(asked: Promise<AxiosResponse<Body>>): Promise<Answer<Body>> {
  try {
    const response = await asked;
    return { status: response.status, header: headerOf(response), body: response.data };
  } catch (refused) {
    if (!isAxiosError<Problem>(refused) || !refused.response) throw refused;
    const { response } = refused;
    return { status: response.status, header: headerOf(response), problem: response.data };
  }
}

async function logIn(basePath: string, email: string, password: string): Promise<Client> {
  const session = await new SessionsApi(new Configuration({ basePath })).logIn({ email, password });
  const configuration = new Configuration({ basePath, accessToken: session.data.access_token });
  const projects = new ProjectsApi(configuration);
  const tasks = new TasksApi(configuration);
  const none = undefined;
  return {
    createProject: (organization_id, key, name, idempotencyKey) =>
      answer(projects.createProject({ organization_id, key, name }, idempotencyKey)),
    createTask: (project_id, title, idempotencyKey) =>
      answer(tasks.createTask({ project_id, title, priority: TaskPriority.TASK_PRIORITY_HIGH }, idempotencyKey)),
    getTask: (id) => answer(tasks.getTask(id)),
    listTasks: (projectId, limit, cursor) => {
      const of = new Set([projectId]);
      const filters = [none, none, none, none, none, none, none, none, none, none, none] as const;
      return answer(tasks.listTasks(none, none, of, ...filters, limit, cursor));
    },
    renameTask: (id, title, ifMatch) => answer(tasks.updateTask(id, { title }, none, none, ifMatch)),
    completeTask: (id) => answer(tasks.completeTask(id)),
    logOut: () => answer(new SessionsApi(configuration).logOut()),
  };
}

void runStory(logIn);
