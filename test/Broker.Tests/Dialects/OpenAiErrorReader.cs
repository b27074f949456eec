using System.Text.Json;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>Reads OpenAI's error body as strictly as its SDKs do.</summary>
internal static class OpenAiErrorReader
{
    public static string Message(JsonElement body)
    {
        Assert.That(body.EnumerateObject().Select(field => field.Name), Is.EqualTo(new[] { "error" }));
        var error = body.GetProperty("error");
        Assert.That(error.EnumerateObject().Select(field => field.Name), Is.EquivalentTo(new[] { "message", "type", "param", "code" }));
        Assert.That(error.GetProperty("type").GetString(), Is.Not.Empty);
        return error.GetProperty("message").GetString()!;
    }
}
