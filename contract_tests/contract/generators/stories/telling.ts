/**
 * The main story of a client, whatever generated it: a stranger's first program.
 *
 *     node story.js BASE_URL EMAIL PASSWORD ORGANIZATION_ID PROJECT_KEY
 *
 * The file beside it says with which functions of a generated client each step is done. Both are compiled under strict
 * settings; what the story saw is printed as JSON.
 */
import { randomUUID } from "node:crypto";

export interface Task {
  id: string;
  title: string;
  status: string;
}

export interface Page {
  items: Task[];
  next_cursor: string | null;
}

export interface Problem {
  code: string;
  changed_fields: string[] | null;
  errors: { code: string; pointer: string | null }[];
}

/** What the server answered: with 2xx a body, otherwise a problem. */
export interface Answer<Body> {
  status: number;
  header: (name: string) => string | null;
  body?: Body | undefined;
  problem?: Problem | undefined;
}

export interface Client {
  createProject(organizationId: string, key: string, name: string, idempotencyKey: string): Promise<Answer<{ id: string }>>;
  createTask(projectId: string, title: string, idempotencyKey: string): Promise<Answer<Task>>;
  getTask(id: string): Promise<Answer<Task>>;
  listTasks(projectId: string, limit: number, cursor: string | undefined): Promise<Answer<Page>>;
  renameTask(id: string, title: string, ifMatch: string): Promise<Answer<Task>>;
  completeTask(id: string): Promise<Answer<Task>>;
  logOut(): Promise<Answer<unknown>>;
}

export type LogIn = (baseUrl: string, email: string, password: string) => Promise<Client>;

function bodyOf<Body>(answer: Answer<Body>): Body {
  if (answer.body === undefined) throw new Error(`${answer.status} ${answer.problem?.code}`);
  return answer.body;
}

async function everyTask(client: Client, projectId: string): Promise<Task[]> {
  const tasks: Task[] = [];
  let cursor: string | undefined;
  do {
    const page = bodyOf(await client.listTasks(projectId, 10, cursor));
    tasks.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return tasks;
}

export async function runStory(logIn: LogIn): Promise<void> {
  const [baseUrl = "", email = "", password = "", organizationId = "", projectKey = ""] = process.argv.slice(2);
  const client = await logIn(baseUrl, email, password);
  const project = bodyOf(await client.createProject(organizationId, projectKey, "From a generated client", randomUUID()));
  const made: Task[] = [];
  for (let number = 0; number < 24; number++) {
    made.push(bodyOf(await client.createTask(project.id, `Step ${number}`, randomUUID())));
  }
  const key = randomUUID();
  const first = bodyOf(await client.createTask(project.id, "Only once", key));
  const again = await client.createTask(project.id, "Only once", key);

  const etag = (await client.getTask(first.id)).header("ETag") ?? "";
  const changed = await client.renameTask(first.id, "Mine", etag);
  const collided = await client.renameTask(first.id, "Yours", etag);
  const refused = await client.createTask(project.id, " ", randomUUID());
  const done = bodyOf(await client.completeTask(made[0]?.id ?? ""));
  const listed = await everyTask(client, project.id);
  const loggedOut = await client.logOut();

  const told = {
    project_id: project.id,
    made: [...made, first].map((task) => task.id),
    listed: listed.map((task) => task.id),
    titles: listed.map((task) => task.title),
    same_task: again.body?.id === first.id,
    replayed: again.header("Idempotency-Replayed") === "true",
    changed: changed.status,
    collided: collided.status,
    code: collided.problem?.code,
    changed_fields: collided.problem?.changed_fields,
    refused: refused.status,
    fault: refused.problem?.errors[0]?.pointer,
    done: done.status,
    logged_out: loggedOut.status,
  };
  console.log(JSON.stringify(told));
}
