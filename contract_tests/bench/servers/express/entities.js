// Entities on Remit's own tables, with the columns that the three operations need.

import { EntitySchema } from "typeorm";

const uuid = { type: "uuid" };
const text = { type: "text" };
const optional = (column) => ({ ...column, nullable: true });
const id = { type: "uuid", primary: true };
const timestamp = { type: "timestamptz" };
// The driver reads bigint as a string; these values stay far below 2^53.
const counter = { type: "bigint", transformer: { from: Number, to: (value) => value } };

export const ApiKey = new EntitySchema({
  name: "ApiKey",
  tableName: "api_keys",
  columns: {
    id,
    user_id: uuid,
    digest: text,
    scopes: { type: "text", array: true },
    expires_at: optional(timestamp),
    revoked_at: optional(timestamp),
  },
});

export const Member = new EntitySchema({
  name: "Member",
  tableName: "members",
  columns: { id, organization_id: uuid, user_id: uuid, role: text },
});

export const Project = new EntitySchema({
  name: "Project",
  tableName: "projects",
  columns: { id, organization_id: uuid, key: text, status: text, last_number: counter },
});

export const Task = new EntitySchema({
  name: "Task",
  tableName: "tasks",
  columns: {
    id,
    organization_id: uuid,
    project_id: uuid,
    number: counter,
    key: text,
    title: text,
    description: optional(text),
    status: text,
    priority: text,
    starts_on: optional({ type: "date" }),
    due_on: optional({ type: "date" }),
    completed_at: optional(timestamp),
    created_by_id: uuid,
    created_at: timestamp,
    updated_at: timestamp,
    version: counter,
  },
  relations: {
    assignments: { type: "one-to-many", target: "Assignment", inverseSide: "task" },
  },
});

export const Assignment = new EntitySchema({
  name: "Assignment",
  tableName: "assignments",
  columns: {
    task_id: { type: "uuid", primary: true },
    user_id: { type: "uuid", primary: true },
    organization_id: uuid,
  },
  relations: {
    task: {
      type: "many-to-one",
      target: "Task",
      inverseSide: "assignments",
      joinColumn: { name: "task_id" },
    },
  },
});
