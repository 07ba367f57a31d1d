wrk.method = "POST"
wrk.body = '{"type":"message.received","data":"' .. string.rep("x", 433) .. '"}'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["X-Event"] = "message.received"
wrk.headers["X-Signature"] = string.rep("a", 64)
