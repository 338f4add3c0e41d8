-- Keeps a line as long as the claim holds the job. id, worker, attempt, line, most lines, what is said above that, nonce
local id, most = ARGV[2], tonumber(ARGV[6])
if not holds(id, ARGV[3], ARGV[4]) or call('HGET', job(id), 'logged') == ARGV[8] then return 0 end
call('HSET', job(id), 'logged', ARGV[8])
local lines = call('HINCRBY', job(id), 'lines', 1)
if lines <= most + 1 then
  event(id, 'line', lines <= most and ARGV[5] or ARGV[7])
  changed(id)
end
return 1
