-- How many tool tasks want a worker: those at work, and those that wait.
select count(*) as wanted from runtime.tool_tasks where state in ('queued', 'running', 'streaming')
