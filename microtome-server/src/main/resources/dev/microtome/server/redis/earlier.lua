-- The job that came before under an idempotency key. owner, idempotency key, digest
local earlier = call('HGET', P .. 'again:' .. ARGV[2], ARGV[3])
if not earlier then return {'none'} end
if call('HGET', job(earlier), 'digest') ~= ARGV[4] then return {'conflict'} end
return {'known', present(earlier, {})}
