// Express with TypeORM and express-validator on Remit's own tables: the three operations in the manner of that stack.
//
// Entities and repositories, a validation chain for each operation, an authentication middleware, an error handler, one
// process.  Like FastAPI + SQLModel it writes no event and no idempotency record.

import "reflect-metadata";

import { createHash } from "node:crypto";

import express from "express";
import { body, checkExact, matchedData, param, query, validationResult } from "express-validator";
import { DataSource } from "typeorm";
import { v7 as uuid7 } from "uuid";

import { ApiKey, Assignment, Member, Project, Task } from "./entities.js";

const CONNECTIONS = 16; // as many as Remit's threads
const CATEGORIES = { todo: "todo", in_progress: "doing", in_review: "doing", done: "done", cancelled: "cancelled" };
const STATUSES = Object.keys(CATEGORIES);
const PRIORITIES = ["none", "low", "medium", "high", "urgent"];
const MAY_WRITE = ["owner", "admin", "member"];

const database = new DataSource({
  type: "postgres",
  // Connections stay open between the rounds, as those of the other contenders do.
  extra: { connectionString: process.env.BENCH_DATABASE_URL, max: CONNECTIONS, idleTimeoutMillis: 0 },
  entities: [ApiKey, Assignment, Member, Project, Task],
  relationLoadStrategy: "query", // with a join, TypeORM would select the IDs of a page before its rows
});
const keys = database.getRepository(ApiKey);
const members = database.getRepository(Member);
const projects = database.getRepository(Project);
const tasks = database.getRepository(Task);

class HttpError extends Error {
  constructor(status, errors) {
    super(`HTTP ${status}`);
    this.status = status;
    this.errors = errors;
  }
}

async function authenticate(request, response, next) {
  const [scheme, token] = (request.get("authorization") ?? "").split(" ");
  if (scheme.toLowerCase() !== "bearer" || !token) throw new HttpError(401);
  const key = await keys.findOneBy({ digest: createHash("sha256").update(token).digest("hex") });
  if (!key || key.revoked_at || (key.expires_at && key.expires_at < new Date())) throw new HttpError(401);
  request.callerId = key.user_id;
  next();
}

function valid(request, response, next) {
  const errors = validationResult(request);
  if (!errors.isEmpty()) throw new HttpError(400, errors.array());
  next();
}

async function membership(organizationId, userId) {
  const member = await members.findOneBy({ organization_id: organizationId, user_id: userId });
  if (!member) throw new HttpError(404);
  return member;
}

async function projectById(id) {
  const project = await projects.findOneBy({ id });
  if (!project) throw new HttpError(404);
  return project;
}

const represent = (task) => ({
  id: task.id,
  organization_id: task.organization_id,
  project_id: task.project_id,
  key: task.key,
  title: task.title,
  description: task.description,
  status: task.status,
  status_category: CATEGORIES[task.status],
  priority: task.priority,
  starts_on: task.starts_on,
  due_on: task.due_on,
  assignee_ids: task.assignments.map((each) => each.user_id).sort(),
  completed_at: task.completed_at,
  created_by_id: task.created_by_id,
  created_at: task.created_at,
  updated_at: task.updated_at,
  version: task.version,
});

const listRules = [
  query("project_id").isUUID(),
  query("status").optional().isIn(STATUSES),
  query("limit").default(20).isInt({ min: 1, max: 100 }).toInt(),
];

async function listTasks(request, response) {
  const { project_id, status, limit } = matchedData(request);
  const project = await projectById(project_id);
  await membership(project.organization_id, request.callerId);
  const rows = await tasks.find({
    where: { project_id, ...(status && { status }) },
    relations: { assignments: true },
    order: { created_at: "DESC", id: "DESC" },
    take: limit + 1,
  });
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit;
  response.json({
    items: items.map(represent),
    next_cursor: more ? Buffer.from(`${last.created_at.toISOString()} ${last.id}`).toString("base64url") : null,
  });
}

const getRules = [param("task_id").isUUID()];

async function getTask(request, response) {
  const task = await tasks
    .createQueryBuilder("task")
    .leftJoinAndSelect("task.assignments", "assignment")
    .where("task.id = :id", { id: request.params.task_id })
    .getOne();
  if (!task) throw new HttpError(404);
  await membership(task.organization_id, request.callerId);
  response.json(represent(task));
}

const createRules = checkExact([
  body("project_id").isUUID(),
  body("title").isString().isLength({ min: 1, max: 200 }),
  body("description").optional({ values: "null" }).isString().isLength({ max: 20000 }),
  body("status").isIn(STATUSES),
  body("priority").default("none").isIn(PRIORITIES),
  body("starts_on").optional({ values: "null" }).isDate({ format: "YYYY-MM-DD", strictMode: true }),
  body("due_on").optional({ values: "null" }).isDate({ format: "YYYY-MM-DD", strictMode: true }),
  body("assignee_ids").default([]).isArray({ max: 20 }),
  body("assignee_ids.*").isUUID(),
]);

async function createTask(request, response) {
  const { assignee_ids, ...asked } = matchedData(request, { locations: ["body"] });
  const project = await projectById(asked.project_id);
  if (project.status !== "active") throw new HttpError(409);
  const member = await membership(project.organization_id, request.callerId);
  if (!MAY_WRITE.includes(member.role)) throw new HttpError(403);
  const now = new Date();
  const task = {
    id: uuid7(),
    organization_id: project.organization_id,
    description: null,
    starts_on: null,
    due_on: null,
    ...asked,
    completed_at: null,
    created_by_id: request.callerId,
    created_at: now,
    updated_at: now,
    version: 1,
  };
  const assignments = assignee_ids.map((user_id) => ({
    task_id: task.id,
    user_id,
    organization_id: task.organization_id,
  }));
  await database.transaction(async (manager) => {
    const updated = await manager
      .createQueryBuilder()
      .update(Project)
      .set({ last_number: () => "last_number + 1" })
      .where({ id: project.id })
      .returning("last_number")
      .execute();
    task.number = Number(updated.raw[0].last_number);
    task.key = `${project.key}-${task.number}`;
    await manager.insert(Task, task);
    if (assignments.length) await manager.insert(Assignment, assignments);
  });
  response.status(201).json(represent({ ...task, assignments }));
}

function answerError(error, request, response, next) {
  if (response.headersSent) return next(error);
  const status = error.status ?? 500;
  if (status >= 500) console.error(error);
  response.status(status).json({ status, errors: error.errors ?? [] });
}

const router = express.Router();
router.use(authenticate);
router.get("/tasks", listRules, valid, listTasks);
router.get("/tasks/:task_id", getRules, valid, getTask);
router.post("/tasks", express.json(), createRules, valid, createTask);

const app = express();
app.disable("x-powered-by");
app.use("/api/v1", router);
app.use((request, response) => {
  throw new HttpError(404);
});
app.use(answerError);

await database.initialize();
// Standard input closes when the benchmark ends, however it ends.
process.stdin.on("end", () => process.exit()).resume();
const server = app.listen({ host: "127.0.0.1", port: 0, backlog: 1024 }, () => {
  console.log(JSON.stringify({ port: server.address().port, seconds: performance.now() / 1000 }));
});
