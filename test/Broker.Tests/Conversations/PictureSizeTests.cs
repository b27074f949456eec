using Polydev.Broker.Conversations;

namespace Polydev.Broker.Tests.Conversations;

public sealed class PictureSizeTests
{
    private const string Jpeg = "FFD8 FFE0 0006 4A464946 FFFE 0003 00 FF FFC2 0011 08 0102 0304 03012200";

    // Heads of real files, to where the size has been told.
    [TestCase("89504E470D0A1A0A 0000000D 49484452 00000301 00000102 0802000000", 0x301, 0x102)]
    [TestCase("474946383961 0403 0201 F70000", 0x304, 0x102)]
    [TestCase(Jpeg, 0x304, 0x102)]
    [TestCase("FFD8 FFC4 0004 0000 FFC0 0011 08 0102 0304 03012200", 0x304, 0x102)]
    [TestCase("52494646 00000000 57454250 56503820 00000000 000000 9D012A 0403 0201", 0x304, 0x102)]
    [TestCase("52494646 00000000 57454250 5650384C 00000000 2F 03434000 0000000000", 0x304, 0x102)]
    [TestCase("52494646 00000000 57454250 56503858 00000000 10000000 030300 010100", 0x304, 0x102)]
    public void Of_HeadOfAPicture_IsWhatItTells(string head, int width, int height) =>
        Assert.That(PictureSize.Of(Bytes(head)), Is.EqualTo(new PictureSize(width, height)));

    [TestCase("")]
    [TestCase("25504446")]
    [TestCase("52494646 00000000 57454250 414E494D 00000000 10000000 030300 010100")]
    [TestCase("FFD8 FFE0 FFFF 4A464946 00000000 00")]
    [TestCase("FFD8 FFE0 0000 FFE0 0000 FFE0 0000")]
    public void Of_WhatTellsNone_IsNull(string head) => Assert.That(PictureSize.Of(Bytes(head)), Is.Null);

    [Test]
    public void Of_HeadThatIsCut_NeverFails([Range(0, 34)] int length) =>
        Assert.DoesNotThrow(() => PictureSize.Of(Bytes(Jpeg).AsSpan(0, Math.Min(length, Bytes(Jpeg).Length))));

    [Test]
    public void Of_AnyBytes_NeverFails()
    {
        var random = new Random(20261129);
        foreach (var head in (string[])["89504E47", "474946", "FFD8FF", "52494646 00000000 57454250 565038"])
        {
            for (var round = 0; round < 2000; round++)
            {
                var tail = new byte[random.Next(40)];
                random.NextBytes(tail);
                Assert.DoesNotThrow(() => PictureSize.Of([.. Bytes(head), .. tail]));
            }
        }
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", ""));
}
