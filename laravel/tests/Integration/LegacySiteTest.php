<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Integration;

use OpenAgents\Runtime\Tests\Support\Blocks;
use OpenAgents\Runtime\Tests\Support\BuiltInServer;
use OpenAgents\Runtime\Tests\Support\Page;
use OpenAgents\Runtime\Tests\Support\Stack;
use PHPUnit\Framework\TestCase;

/** The same routes over the legacy driver, with nobody at the runtime's address. */
final class LegacySiteTest extends TestCase
{
    private static ?BuiltInServer $server = null;
    private string $thread;

    public static function setUpBeforeClass(): void
    {
        self::$server = new BuiltInServer([
            'OA_RUNTIME_DRIVER' => 'legacy', 'OA_RUNTIME_SIGNING_KEY' => '', 'OA_RUNTIME_BASE_URL' => 'http://127.0.0.1:9',
        ]);
    }

    public static function tearDownAfterClass(): void
    {
        self::$server = null;
    }

    protected function setUp(): void
    {
        $this->thread = Stack::fresh('u7.');
    }

    public function testAnAnswerHasTheSameForm(): void
    {
        $page = $this->send('u7')->untilEnd();
        self::assertSame(200, $page->status(), $page->received);
        self::assertSame('hello there, reader', implode('', array_column(Blocks::parts($page->received), 'delta')));
        self::assertStringEndsWith("data: [DONE]\n\n", $page->received);
        self::assertSame('v1', $page->header('x-vercel-ai-ui-message-stream'));
    }

    public function testThereIsNothingToResume(): void
    {
        $this->send('u7')->untilEnd();
        self::assertSame(204, $this->page('GET', "/api/chat/{$this->thread}/stream", 'u7')->status());
    }

    public function testAnotherUsersThreadIsNotThere(): void
    {
        self::assertSame(404, $this->send('u8')->untilEnd()->status());
        self::assertSame(404, $this->page('GET', "/api/chat/{$this->thread}/stream", 'u8')->status());
        self::assertSame(404, $this->page('POST', "/api/chat/{$this->thread}/cancel", 'u8')->status());
        self::assertSame(404, $this->page('GET', "/api/chat/{$this->thread}/messages", 'u8')->status());
    }

    private function send(string $who): Page
    {
        $parts = [['type' => 'text', 'text' => 'hello there, reader']];
        $message = ['id' => 'm1', 'role' => 'user', 'parts' => $parts];

        return new Page('POST', '/api/chat', $who, ['id' => $this->thread, 'messages' => [$message]], site: self::$server->url);
    }

    private function page(string $method, string $path, string $who): Page
    {
        return (new Page($method, $path, $who, [], site: self::$server->url))->untilEnd();
    }
}
