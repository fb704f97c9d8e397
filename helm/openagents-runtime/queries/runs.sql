-- How many runs want a worker: those that one works at, and those that nobody does.
select (select count(*) from runtime.run_leases where expires_at > clock_timestamp())
     + (select count(*)
          from runtime.runs r
          join runtime.run_heads h using (run_id)
         where r.status not in ('completed', 'failed', 'canceled')
           and h.closed_seq is null
           and h.seq > h.parked_seq
           and not exists (
             select 1 from runtime.run_leases l
              where l.run_id = r.run_id and l.expires_at > clock_timestamp())) as wanted
