/** The steps of the story with the client of openapi-generator for TypeScript with fetch. */
import {
  Configuration,
  ProblemFromJSON,
  ProjectsApi,
  ResponseError,
  SessionsApi,
  TaskPriority,
  TasksApi,
  type ApiResponse,
} from "./client";
import { runStory, type Answer, type Client, type Problem } from "./telling";

async function problemOf(response: Response): Promise<Problem> {
  const problem = ProblemFromJSON(await response.json());
  const errors = problem.errors.map((fault) => ({ code: fault.code, pointer: fault.pointer ?? null }));
  return { code: problem.code, changed_fields: problem.changedFields ?? null, errors };
}

async function answer<Given, Body>(asked: Promise<ApiResponse<Given>>, as: (value: Given) => Body): Promise<Answer<Body>> {
  try {
    const response = await asked;
    const { status, headers } = response.raw;
    return { status, header: (name) => headers.get(name), body: as(await response.value()) };
  } catch (refused) {
    if (!(refused instanceof ResponseError)) throw refused;
    const { response } = refused;
    return { status: response.status, header: (name) => response.headers.get(name), problem: await problemOf(response) };
  }
}

const same = <Body>(value: Body): Body => value;

async function logIn(basePath: string, email: string, password: string): Promise<Client> {
  const session = await new SessionsApi(new Configuration({ basePath })).logIn({ sessionCreate: { email, password } });
  // The generated code asks once for each scheme, and says Bearer only where the scheme is not OAuth.
  const accessToken = (scheme?: string) => (scheme === "oauth2" ? `Bearer ${session.accessToken}` : session.accessToken);
  const configuration = new Configuration({ basePath, accessToken });
  const projects = new ProjectsApi(configuration);
  const tasks = new TasksApi(configuration);
  return {
    createProject: (organizationId, key, name, idempotencyKey) =>
      answer(projects.createProjectRaw({ projectCreate: { organizationId, key, name }, idempotencyKey }), same),
    createTask: (projectId, title, idempotencyKey) =>
      answer(
        tasks.createTaskRaw({ taskCreate: { projectId, title, priority: TaskPriority.TASK_PRIORITY_HIGH }, idempotencyKey }),
        same,
      ),
    getTask: (taskId) => answer(tasks.getTaskRaw({ taskId }), same),
    listTasks: (projectId, limit, cursor) =>
      answer(
        tasks.listTasksRaw({ projectId: new Set([projectId]), limit, ...(cursor === undefined ? {} : { cursor }) }),
        (page) => ({ items: page.items, next_cursor: page.nextCursor }),
      ),
    renameTask: (taskId, title, ifMatch) => answer(tasks.updateTaskRaw({ taskId, taskPatch: { title }, ifMatch }), same),
    completeTask: (taskId) => answer(tasks.completeTaskRaw({ taskId }), same),
    logOut: () => answer(new SessionsApi(configuration).logOutRaw({}), same),
  };
}

void runStory(logIn);
