using System.Security.Cryptography;
using System.Text;
using Polydev.Shared.Tokens;

namespace Polydev.Shared.Tests.Tokens;

public sealed class SecretTokenTests
{
    private const string Printable = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.~+/= é…\0\n";

    [TestCase(TokenPrefixes.ApiKey)]
    [TestCase(TokenPrefixes.Tunnel)]
    public void TryParse_WhatCreateMade_IsTheSame(string prefix)
    {
        var token = SecretToken.Create(prefix);

        Assert.That(SecretToken.TryParse(prefix, token.Reveal(), out var parsed), Is.True);
        Assert.Multiple(() =>
        {
            Assert.That(parsed!.Id, Is.EqualTo(token.Id));
            Assert.That(parsed.Reveal(), Is.EqualTo(token.Reveal()));
            Assert.That(parsed.Matches(token.Hash()), Is.True);
        });
    }

    [TestCase(TokenPrefixes.ApiKey)]
    [TestCase(TokenPrefixes.Tunnel)]
    [TestCase(TokenPrefixes.Account)]
    [TestCase("pl_", Description = "a sign-in link")]
    [TestCase("pc_", Description = "a device code")]
    [TestCase("ps_", Description = "a session")]
    public void Mask_SecretInAText_LeavesItsPublicPart(string prefix)
    {
        var token = SecretToken.Create(prefix);

        Assert.That(SecretToken.Mask($"GET /{token.Reveal()}/x"), Is.EqualTo($"GET /{token}/x"));
        Assert.That(SecretToken.Mask($"GET /{token.Id}"), Is.EqualTo($"GET /{token.Id}"));
    }

    [Test]
    public void TryParse_AnySingleCharacterChanged_IsRefused()
    {
        for (var round = 0; round < 20; round++)
        {
            var text = SecretToken.Create(TokenPrefixes.ApiKey).Reveal();
            for (var at = 0; at < text.Length; at++)
            {
                foreach (var other in Printable.Where(c => c != text[at]))
                {
                    AssertRefused(text[..at] + other + text[(at + 1)..]);
                }
            }
        }
    }

    [Test]
    public void TryParse_CutLengthenedOrSwapped_IsRefused()
    {
        var text = SecretToken.Create(TokenPrefixes.ApiKey).Reveal();
        for (var at = 0; at < text.Length; at++)
        {
            AssertRefused(text[..at]);
            AssertRefused(text.Remove(at, 1));
            AssertRefused(text.Insert(at, "0"));
            if (at > 0 && text[at] != text[at - 1])
            {
                AssertRefused(text[..(at - 1)] + text[at] + text[at - 1] + text[(at + 1)..]);
            }
        }
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("pk-")]
    [TestCase("sk-ant-api03-0000000000000000000000000000000000000000000000")]
    [TestCase("pk-000000000000000000000000000000000000000000000000000")]
    public void TryParse_NeverGivenOut_IsRefused(string? text) => AssertRefused(text);

    [Test]
    public void TryParse_TheOtherKind_IsRefused()
    {
        var tunnel = SecretToken.Create(TokenPrefixes.Tunnel).Reveal();

        AssertRefused(tunnel);
        AssertRefused(TokenPrefixes.ApiKey + tunnel[TokenPrefixes.Tunnel.Length..]);
    }

    [TestCase(" {0}")]
    [TestCase("{0} ")]
    [TestCase("{0}\n")]
    [TestCase("Bearer {0}")]
    public void TryParse_TextAround_IsRefused(string around)
    {
        var text = SecretToken.Create(TokenPrefixes.ApiKey).Reveal();

        AssertRefused(around.Replace("{0}", text, StringComparison.Ordinal));
    }

    [Test]
    public void Matches_AnotherSecretOrABrokenHash_IsFalse()
    {
        var token = SecretToken.Create(TokenPrefixes.ApiKey);

        Assert.Multiple(() =>
        {
            Assert.That(token.Matches(SecretToken.Create(TokenPrefixes.ApiKey).Hash()), Is.False);
            Assert.That(token.Matches(token.Hash().AsSpan(0, 31)), Is.False);
            Assert.That(token.Matches([]), Is.False);
        });
    }

    [Test]
    public void Hash_AnyToken_IsTheSha256OfItsSecretPart()
    {
        var token = SecretToken.Create(TokenPrefixes.Tunnel);
        var secret = token.Reveal().Substring(TokenPrefixes.Tunnel.Length + SecretToken.IdLength, 32);

        Assert.That(token.Hash(), Is.EqualTo(SHA256.HashData(Encoding.ASCII.GetBytes(secret))));
    }

    [Test]
    public void ToString_AnyToken_HidesTheSecret()
    {
        var token = SecretToken.Create(TokenPrefixes.ApiKey);

        Assert.That($"{token}", Is.EqualTo($"pk-{token.Id}…"));
    }

    [Test]
    public void Create_ManyTimes_NeverRepeatsAndUsesTheWholeAlphabet()
    {
        var texts = Enumerable.Range(0, 1000).Select(_ => SecretToken.Create(TokenPrefixes.ApiKey).Reveal()).ToHashSet();

        Assert.Multiple(() =>
        {
            Assert.That(texts, Has.Count.EqualTo(1000));
            Assert.That(texts.SelectMany(text => text[3..]).Distinct().Order(), Is.EqualTo(TokenAlphabet.Characters.Order()));
        });
    }

    private static void AssertRefused(string? text) =>
        Assert.That(SecretToken.TryParse(TokenPrefixes.ApiKey, text, out _), Is.False, $"'{text}' was accepted");
}
