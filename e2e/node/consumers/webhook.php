<?php
// A correct consumer for `php -S`: the raw bytes from php://input, and files as its memory, because each
// request begins with an empty one. STATE is a folder of its own.

function answer(int $status, string $text): never {
    http_response_code($status);
    header('Content-Type: application/json');
    echo $text;
    exit;
}

function place(string $kind, string $name): string {
    return getenv('STATE') . "/$kind-" . hash('sha256', $name);
}

/** Where the messages say what they are about. */
function keys(string $kind, array $data): array {
    $each = fn($list) => array_map(fn($item) => $item['id'] ?? null, is_array($list) ? array_filter($list, 'is_array') : []);
    return match ($kind) {
        'message.received' => isset($data['value']) ? $each($data['value']['messages'] ?? null) : [$data['messageId'] ?? null],
        'message.status' => [$data['messageId'] ?? null],
        'conversation.created', 'conversation.updated' => [$data['conversationId'] ?? null],
        'contact.created', 'contact.updated' => [$data['contactId'] ?? null],
        default => [],
    };
}

/** Acts once: creating a file that must not exist is one step, however many workers try. */
function act(string $identity, string $key, string $at, string $raw): void {
    $mark = @fopen(place('seen', $identity), 'x');
    if ($mark === false) {
        return;
    }
    fclose($mark);
    $file = fopen(place('known', $key), 'c+');
    flock($file, LOCK_EX);
    $before = json_decode(stream_get_contents($file), true) ?? ['effects' => 0, 'at' => '', 'raw' => 'null'];
    $newer = strcmp($at, $before['at']) >= 0;
    $after = ['effects' => $before['effects'] + 1, 'at' => $newer ? $at : $before['at'], 'raw' => $newer ? $raw : $before['raw']];
    ftruncate($file, 0);
    rewind($file);
    fwrite($file, json_encode($after));
    fclose($file);
}

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (str_starts_with($path, '/effects/')) {
    $file = place('known', rawurldecode(substr($path, 9)));
    $known = is_file($file) ? json_decode(file_get_contents($file), true) : ['effects' => 0, 'raw' => 'null'];
    answer(200, "{\"effects\":{$known['effects']},\"value\":{$known['raw']}}");
}
if (!str_starts_with($path, '/webhooks')) {
    answer(404, '{"error":"not found"}');
}
if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    answer(405, '{"error":"only POST"}');
}
$raw = file_get_contents('php://input');
if (isset($_SERVER['CONTENT_LENGTH']) && $_SERVER['CONTENT_LENGTH'] !== '' && strlen($raw) !== (int) $_SERVER['CONTENT_LENGTH']) {
    answer(400, '{"error":"cut short"}');
}
$expected = hash_hmac('sha256', $raw, getenv('WATSI_WEBHOOK_SECRET'));
if (!hash_equals($expected, $_SERVER['HTTP_X_WATSI_SIGNATURE'] ?? '')) {
    answer(401, '{"error":"signature"}');
}
$raw = preg_replace('/^\xEF\xBB\xBF/', '', $raw);
$body = json_decode($raw, true);
if (!is_array($body) || array_is_list($body)) {
    answer(400, '{"error":"not an object"}');
}
$kind = is_string($body['type'] ?? null) ? $body['type'] : '';
$id = is_string($body['id'] ?? null) ? $body['id'] : '';
$at = is_string($body['created_at'] ?? null) ? $body['created_at'] : '';
foreach (keys($kind, is_array($body['data'] ?? null) ? $body['data'] : []) as $key) {
    if (is_string($key) && $key !== '') {
        act("$id $key", $key, $at, $raw);
    }
}
answer(200, '{"received":true}');
