"""The SQL that Remit's three operations come down to, for a program that has nothing else."""

BY_KEY = """SELECT u.id::text, k.scopes, now(),
        (SELECT json_object_agg(m.organization_id, m.role) FROM members m WHERE m.user_id = u.id)
    FROM api_keys k JOIN users u ON u.id = k.user_id
    WHERE k.digest = %s AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())"""
FIELDS = """t.id, t.organization_id, t.project_id, t.key, t.title, t.description, t.status, t.priority,
    t.starts_on, t.due_on, t.completed_at,
    ARRAY(SELECT a.user_id FROM assignments a WHERE a.task_id = t.id ORDER BY 1) AS assignee_ids,
    t.created_by_id, t.created_at, t.updated_at, t.version"""
GET = f"SELECT {FIELDS} FROM tasks t WHERE t.id = %s AND t.organization_id = ANY (%s::uuid[])"
LIST = f"""SELECT {FIELDS} FROM tasks t
    WHERE t.project_id = %s AND t.status = %s AND t.organization_id = ANY (%s::uuid[])
    ORDER BY t.created_at DESC, t.id DESC LIMIT 21"""
PROJECT = "SELECT organization_id::text, key FROM projects WHERE id = %s FOR KEY SHARE"
NUMBER = """UPDATE projects SET last_number = last_number + 1 WHERE id = %s AND status = 'active'
    RETURNING last_number"""
CREATE = f"""INSERT INTO tasks AS t (id, organization_id, project_id, number, key, title, description, status,
        priority, due_on, created_by_id, created_at, updated_at, version)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, now(), now(), 1) RETURNING {FIELDS}"""
CLAIM = """INSERT INTO idempotency (owner_id, key, fingerprint, created_at) VALUES (%s, %s, %s, now())
    ON CONFLICT DO NOTHING RETURNING 1"""
EVENT = """WITH counted AS (
        INSERT INTO streams (id, last_sequence) VALUES (%(stream)s, 1)
        ON CONFLICT (id) DO UPDATE SET last_sequence = streams.last_sequence + 1 RETURNING last_sequence)
    INSERT INTO events (id, stream_id, organization_id, sequence, event_type, occurred_at, actor_id,
                        request_id, subject_type, subject_id, subject_version, changes, snapshot)
    SELECT %(id)s, %(stream)s, %(stream)s, last_sequence, 'task.created', now(), %(actor)s, %(request)s,
           'task', %(task)s, 1, %(changes)s::jsonb, %(snapshot)s::jsonb FROM counted"""
KEEP = "UPDATE idempotency SET status = 201, headers = '{}', body = %s WHERE owner_id = %s AND key = %s"
