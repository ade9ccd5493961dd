/** The steps of the story with the types of openapi-typescript and its client openapi-fetch. */
import createClient from "openapi-fetch";
import type { components, paths } from "./client/schema.d.ts";
import { runStory, type Answer, type Client } from "./telling";

type Problem = components["schemas"]["Problem"];

function answer<Body>(told: { data?: Body; error?: Problem; response: Response }): Answer<Body> {
  const { data, error, response } = told;
  return { status: response.status, header: (name) => response.headers.get(name), body: data, problem: error };
}

async function logIn(baseUrl: string, email: string, password: string): Promise<Client> {
  const { data, error } = await createClient<paths>({ baseUrl }).POST("/sessions", { body: { email, password } });
  if (error) throw new Error(error.detail);
  const remit = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${data.access_token}` } });
  return {
    createProject: async (organization_id, key, name, idempotencyKey) =>
      answer(
        await remit.POST("/projects", {
          params: { header: { "Idempotency-Key": idempotencyKey } },
          body: { organization_id, key, name },
        }),
      ),
    createTask: async (project_id, title, idempotencyKey) =>
      answer(
        await remit.POST("/tasks", {
          params: { header: { "Idempotency-Key": idempotencyKey } },
          body: { project_id, title, priority: "high" },
        }),
      ),
    getTask: async (task_id) => answer(await remit.GET("/tasks/{task_id}", { params: { path: { task_id } } })),
    listTasks: async (projectId, limit, cursor) =>
      answer(await remit.GET("/tasks", { params: { query: { project_id: [projectId], limit, cursor } } })),
    renameTask: async (task_id, title, ifMatch) =>
      answer(
        await remit.PATCH("/tasks/{task_id}", {
          params: { path: { task_id }, header: { "If-Match": ifMatch } },
          body: { title },
        }),
      ),
    completeTask: async (task_id) =>
      answer(await remit.PUT("/tasks/{task_id}/completion", { params: { path: { task_id } } })),
    logOut: async () => answer(await remit.DELETE("/sessions/current")),
  };
}

void runStory(logIn);
