-- The newest jobs of an owner. owner, how many
local jobs, orders = {}, {}
for _, id in ipairs(call('ZREVRANGE', P .. 'jobs-of:' .. ARGV[2], 0, ARGV[3] - 1)) do
  jobs[#jobs + 1] = present(id, orders)
end
return jobs
