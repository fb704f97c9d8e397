<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Integration;

use OpenAgents\Runtime\Signing\Claims;
use OpenAgents\Runtime\Signing\SigningKey;
use OpenAgents\Runtime\Signing\TokenSigner;
use OpenAgents\Runtime\Support\SystemClock;
use OpenAgents\Runtime\Tests\Support\Page;
use OpenAgents\Runtime\Tests\Support\Stack;
use OpenAgents\Runtime\Values\Principal;
use PHPUnit\Framework\TestCase;

/**
 * Whose thread it is, and what a request that is wrong is answered.
 *
 * @group routes
 */
final class OwnershipTest extends TestCase
{
    public function testAnotherUsersThreadIsNotThereAndNothingIsSentOn(): void
    {
        $thread = Stack::fresh('u7.');
        Page::send($thread, 'hello', 'scripted/echo')->untilEnd();
        $since = time();
        $before = Stack::requestsSince($since);
        foreach (['u8', 'g-7', ''] as $who) {
            $message = ['id' => 'm2', 'role' => 'user', 'parts' => [['type' => 'text', 'text' => 'x']]];
            $pages = [
                Page::resume($thread, [], $who),
                Page::cancel($thread, $who),
                new Page('POST', '/api/chat', $who, ['id' => $thread, 'messages' => [$message]]),
            ];
            foreach ($pages as $page) {
                self::assertSame(404, $page->untilEnd()->status());
                self::assertSame('not_found', $page->json()['error']['code']);
            }
        }
        self::assertSame($before, Stack::requestsSince($since));
        Page::resume($thread)->untilEnd();
        self::assertGreaterThan($before, Stack::requestsSince($since));
    }

    public function testATokenBoundToAnotherRunIsForbidden(): void
    {
        $thread = Stack::fresh('u7.');
        $page = Page::send($thread, 'hello', 'scripted/echo')->untilEnd();
        $path = '/internal/v1/runs/' . $page->header('x-oa-run-id');
        $key = Stack::key();
        $signer = new TokenSigner(SigningKey::of($key['signing_key_id'], $key['signing_key']), new SystemClock());
        $statuses = [];
        foreach ([$page->header('x-oa-run-id'), 'another-run'] as $bound) {
            $headers = $signer->sign(new Claims(Principal::user(7), $bound, $thread), 'GET', $path, '');
            $statuses[] = $this->status(Stack::baseUrl() . "{$path}?thread_id={$thread}", $headers);
        }
        self::assertSame([200, 403], $statuses);
    }

    /** @dataProvider malformed */
    public function testARequestThatIsWrongIsSaidSo(array $body, string $about): void
    {
        $page = (new Page('POST', '/api/chat', 'u7', $body))->untilEnd();
        self::assertSame(400, $page->status(), $page->received);
        self::assertSame('invalid_request', $page->json()['error']['code']);
        self::assertStringContainsString($about, $page->json()['error']['message']);
    }

    public function malformed(): iterable
    {
        $message = ['id' => 'm1', 'role' => 'user', 'parts' => [['type' => 'text', 'text' => 'x']]];
        yield 'no thread' => [['messages' => [$message]], 'id must'];
        yield 'no messages' => [['id' => 'u7.t'], 'messages'];
        yield 'an answer last' => [['id' => 'u7.t', 'messages' => [['role' => 'assistant'] + $message]], 'user'];
        yield 'no text' => [['id' => 'u7.t', 'messages' => [['parts' => []] + $message]], 'text'];
        yield 'a strange trigger' => [['id' => 'u7.t', 'messages' => [$message], 'trigger' => 'x'], 'trigger'];
        yield 'an id with a blank' => [['id' => 'u7.t', 'messages' => [['id' => 'a b'] + $message]], 'messages.id'];
    }

    public function testAnErrorOfTheRuntimeKeepsItsStatusAndItsWords(): void
    {
        $page = Page::send(Stack::fresh('u7.'), 'hello', 'x')->untilEnd();
        self::assertSame(400, $page->status(), $page->received);
        $error = $page->json()['error'];
        self::assertSame(['invalid_request', 'run.model'], [$error['code'], $error['details'][0]['field']]);
        self::assertNotEmpty($error['requestId']);
    }

    public function testTheSameMessageWithAnotherTextIsAConflict(): void
    {
        $thread = Stack::fresh('u7.');
        Page::send($thread, 'one', 'scripted/echo')->untilEnd();
        self::assertSame(409, Page::send($thread, 'two', 'scripted/echo')->untilEnd()->status());
    }

    private function status(string $url, array $headers): int
    {
        $curl = curl_init($url);
        $lines = array_map(static fn (string $name): string => "{$name}: {$headers[$name]}", array_keys($headers));
        curl_setopt_array($curl, [CURLOPT_HTTPHEADER => $lines, CURLOPT_RETURNTRANSFER => true]);
        curl_exec($curl);

        return curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
    }
}
