-- name: newest_listing :one
select content
  from runtime.tool_listings
 order by listed_at desc
 limit 1;
