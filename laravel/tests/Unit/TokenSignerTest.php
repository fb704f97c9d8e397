<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use InvalidArgumentException;
use OpenAgents\Runtime\Signing\Claims;
use OpenAgents\Runtime\Signing\SigningKey;
use OpenAgents\Runtime\Signing\TokenSigner;
use OpenAgents\Runtime\Tests\Support\FakeClock;
use OpenAgents\Runtime\Values\Principal;
use PHPUnit\Framework\TestCase;

/** The vectors are those that the service's own tests verify. */
final class TokenSignerTest extends TestCase
{
    private const GOLDEN = __DIR__ . '/../../../tests/golden/tokens/';

    /** @dataProvider verified */
    public function testAClaimsTextGivesTheGoldenToken(array $vector): void
    {
        $signer = new TokenSigner(SigningKey::ofAnyLength('k', $vector['secret']), new FakeClock());
        self::assertSame($vector['token'], $signer->token($vector['claims']));
    }

    /** @dataProvider minted */
    public function testARequestGivesTheGoldenHeaders(array $vector): void
    {
        $principal = isset($vector['user_id'])
            ? Principal::user($vector['user_id'])
            : Principal::guest($vector['guest_scope']);
        $signer = new TokenSigner(
            SigningKey::of($vector['key_id'], $vector['secret']),
            new FakeClock($vector['now']),
            $vector['lifetime_s']
        );
        $headers = $signer->sign(
            new Claims($principal, $vector['run_id'], $vector['thread_id']),
            $vector['method'],
            $vector['path'],
            $vector['body'],
            $vector['nonce']
        );
        self::assertSame($vector['headers'], $headers);
    }

    public function testEveryTokenHasANonceOfItsOwn(): void
    {
        $signer = new TokenSigner(SigningKey::of('k', str_repeat('s', 32)), new FakeClock());
        $claims = new Claims(Principal::user(1), 'r', 't');
        $first = $signer->sign($claims, 'GET', '/x', '');
        self::assertNotSame($first, $signer->sign($claims, 'GET', '/x', ''));
    }

    /** @dataProvider badKeys */
    public function testABadKeyIsRefused(string $id, string $secret): void
    {
        $this->expectException(InvalidArgumentException::class);
        SigningKey::of($id, $secret);
    }

    public function badKeys(): iterable
    {
        yield 'empty' => ['k', ''];
        yield 'short' => ['k', str_repeat('s', 31)];
        yield 'an id with a colon' => ['k:1', str_repeat('s', 32)];
    }

    public function testATokenThatLivesTooLongIsRefused(): void
    {
        $this->expectException(InvalidArgumentException::class);
        new TokenSigner(SigningKey::of('k', str_repeat('s', 32)), new FakeClock(), 301);
    }

    public function testTheSecretDoesNotPrint(): void
    {
        self::assertStringNotContainsString('sss', print_r(SigningKey::of('k', str_repeat('s', 32)), true));
    }

    public function verified(): iterable
    {
        return $this->vectors('verified.json');
    }

    public function minted(): iterable
    {
        return $this->vectors('minted.json');
    }

    private function vectors(string $file): iterable
    {
        $vectors = json_decode(file_get_contents(self::GOLDEN . $file), true, 32, JSON_THROW_ON_ERROR);
        foreach ($vectors as $vector) {
            yield $vector['name'] => [$vector];
        }
    }
}
