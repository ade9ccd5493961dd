/**
 * The main story, told with the types that openapi-typescript generates and its client openapi-fetch.
 *
 *     node story.ts BASE_URL EMAIL PASSWORD ORGANIZATION_ID PROJECT_KEY
 *
 * It is compiled against the generated types under strict settings, and prints what it saw as JSON.
 */
import createClient, { type Client } from "openapi-fetch";
import { randomUUID } from "node:crypto";
import type { components, paths } from "./schema.d.ts";

type Task = components["schemas"]["Task"];
type Problem = components["schemas"]["Problem"];
type Remit = Client<paths>;

async function authenticated(baseUrl: string, email: string, password: string): Promise<Remit> {
  const { data, error } = await createClient<paths>({ baseUrl }).POST("/sessions", { body: { email, password } });
  if (error) throw new Error(error.detail);
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${data.access_token}` } });
}

async function newProject(remit: Remit, organizationId: string, key: string): Promise<string> {
  const { data, error } = await remit.POST("/projects", {
    params: { header: { "Idempotency-Key": randomUUID() } },
    body: { organization_id: organizationId, key, name: "From a TypeScript client" },
  });
  if (error || !data) throw new Error(error?.detail);
  return data.id;
}

/** A task, and whether it had been made before with the same idempotency key. */
async function newTask(remit: Remit, projectId: string, title: string, key: string): Promise<[Task, boolean]> {
  const { data, error, response } = await remit.POST("/tasks", {
    params: { header: { "Idempotency-Key": key } },
    body: { project_id: projectId, title, status: "todo", priority: "high" },
  });
  if (error || !data) throw new Error(error?.detail);
  return [data, response.headers.get("Idempotency-Replayed") === "true"];
}

/** All tasks of a project, three at a time. */
async function everyTask(remit: Remit, projectId: string): Promise<Task[]> {
  const tasks: Task[] = [];
  let cursor: string | undefined;
  do {
    const { data, error } = await remit.GET("/tasks", {
      params: { query: { project_id: [projectId], limit: 3, cursor } },
    });
    if (error) throw new Error(error.detail);
    tasks.push(...data.items);
    cursor = data.next_cursor ?? undefined;
  } while (cursor);
  return tasks;
}

async function change(remit: Remit, id: string, title: string, etag: string): Promise<[number, Problem | undefined]> {
  const { error, response } = await remit.PATCH("/tasks/{task_id}", {
    params: { path: { task_id: id }, header: { "If-Match": etag } },
    body: { title },
    headers: { "Content-Type": "application/merge-patch+json" },
  });
  return [response.status, error];
}

async function main(baseUrl: string, email: string, password: string, organizationId: string, projectKey: string) {
  const remit = await authenticated(baseUrl, email, password);
  const projectId = await newProject(remit, organizationId, projectKey);
  const made: Task[] = [];
  for (let number = 0; number < 7; number++) {
    made.push((await newTask(remit, projectId, `Step ${number}`, randomUUID()))[0]);
  }

  const key = randomUUID();
  const [first] = await newTask(remit, projectId, "Only once", key);
  const [again, replayed] = await newTask(remit, projectId, "Only once", key);

  const read = await remit.GET("/tasks/{task_id}", { params: { path: { task_id: first.id } } });
  const etag = read.response.headers.get("ETag") ?? "";
  const [changed] = await change(remit, first.id, "Mine", etag);
  const [collided, problem] = await change(remit, first.id, "Yours", etag);

  const done = await remit.PUT("/tasks/{task_id}/completion", { params: { path: { task_id: made[0]!.id } } });
  const listed = await everyTask(remit, projectId);
  const told = {
    project_id: projectId,
    made: [...made, first].map((task) => task.id),
    listed: listed.map((task) => task.id),
    same_task: again.id === first.id,
    replayed,
    changed,
    collided,
    code: problem?.code,
    changed_fields: problem?.changed_fields,
    done: done.data?.status,
  };
  console.log(JSON.stringify(told));
}

const [baseUrl, email, password, organizationId, projectKey] = process.argv.slice(2) as [string, string, string, string, string];
await main(baseUrl, email, password, organizationId, projectKey);
