using Polydev.Broker.Conversations;
using Polydev.Broker.Tests.Dialects.Media;

namespace Polydev.Broker.Tests.Egress;

/// <summary>What fetched bytes are, by the word of the server, the caller's, and their own beginning.</summary>
internal sealed class FetchedTypeTests
{
    private const string Png = "image/png";
    private const string Jpeg = "image/jpeg";
    private const string Gif = "image/gif";
    private const string Pdf = "application/pdf";
    private const string Bytes = "application/octet-stream";

    [TestCase(MediaKinds.Images, null, Png, Png, Png)]
    [TestCase(MediaKinds.Images, null, "IMAGE/PNG", "", Png)]
    [TestCase(MediaKinds.Images, null, Png, Jpeg, Jpeg)]
    [TestCase(MediaKinds.Images, null, null, "image/webp", "image/webp")]
    [TestCase(MediaKinds.Images, null, Bytes, Gif, Gif)]
    [TestCase(MediaKinds.Images, null, "binary/octet-stream", Png, Png)]
    [TestCase(MediaKinds.Images, null, Bytes, "", null)]
    [TestCase(MediaKinds.Images, null, Bytes, Pdf, null)]
    [TestCase(MediaKinds.Images, null, Pdf, Pdf, null)]
    [TestCase(MediaKinds.Images, null, "text/plain", Png, null)]
    [TestCase(MediaKinds.Documents, null, Pdf, "", Pdf)]
    [TestCase(MediaKinds.Documents, null, null, Pdf, Pdf)]
    [TestCase(MediaKinds.Documents, null, Bytes, "", null)]
    [TestCase(MediaKinds.Documents, null, Png, Png, null)]
    [TestCase(MediaKinds.All, null, null, Pdf, Pdf)]
    [TestCase(MediaKinds.All, null, Bytes, Png, Png)]
    [TestCase(MediaKinds.Images, Gif, Bytes, "", Gif)]
    [TestCase(MediaKinds.Images, Png, Jpeg, "", Png)]
    [TestCase(MediaKinds.Images, Png, Jpeg, Gif, Gif)]
    [TestCase(MediaKinds.Images, Png, "text/html", "", null)]
    [TestCase(MediaKinds.Images, Png, Pdf, Pdf, null)]
    [TestCase(MediaKinds.Documents, Pdf, Png, Png, null)]
    public void OfFetched_Data_IsWhatMayStandThere(MediaKinds kinds, string? stated, string? served, string made, string? expected) =>
        Assert.That(
            MediaTypes.OfFetched(new MediaAddress(new Uri("https://a.example"), kinds, stated), served, SomeMedia.Of(made)),
            Is.EqualTo(expected));
}
