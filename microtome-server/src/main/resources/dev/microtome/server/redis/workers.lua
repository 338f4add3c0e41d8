-- The workers that told of themselves lately, and what they said. milliseconds that counts; perhaps a worker's name and what it says
local names = P .. 'workers'
if ARGV[3] then
  call('ZADD', names, now, ARGV[3])
  call('HSET', P .. 'worker', ARGV[3], ARGV[4])
end
for _, name in ipairs(call('ZRANGEBYSCORE', names, '-inf', now - ARGV[2])) do
  call('ZREM', names, name)
  call('HDEL', P .. 'worker', name)
end
return call('HGETALL', P .. 'worker')
