using System.Text;
using System.Text.Json;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Tests.Fuzz;

/// <summary>Says what is wrong with an answer, whatever was asked: its status, its body, and in whose words that is.</summary>
internal static class AnswerCheck
{
    // What README and docs/wire.md know, and what the HTTP server itself says of a frame that is no HTTP.
    private static readonly int[] Statuses = [200, 204, 400, 401, 404, 405, 413, 415, 429, 502, 503, 529];
    private static readonly int[] StatusesOfTheServer = [400, 405, 408, 411, 413, 414, 417, 426, 431, 501, 505];

    // Responses write back what was asked (tool_choice), which may be as deep as a body.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 2 * TunnelProtocol.MaxJsonDepth };

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Null where nothing is wrong.</summary>
    public static string? Find(FuzzCase asked, RawAnswer? answer)
    {
        if (answer is null)
        {
            return asked.IsCutOff ? null : "no answer";
        }

        if (!asked.IsGoodHttp && answer.Closes && StatusesOfTheServer.Contains(answer.Status) && answer.Body is [])
        {
            return null;
        }

        // The dashboard, at its one address that bent targets become: who is not signed in is sent to sign in.
        if (answer.Status == 302 && IsRoot(asked.Target) && answer.Body is [])
        {
            return null;
        }

        if (!Statuses.Contains(answer.Status))
        {
            return $"the status {answer.Status}";
        }

        if (asked.Method is "HEAD" or "OPTIONS" && answer.Body is [])
        {
            return null;
        }

        try
        {
            var text = Strict.GetString(answer.Body ?? throw new FormatException("it breaks off"));
            return answer.Status == 200 ? OfAnswer(asked, answer, text) : OfError(asked, answer, text);
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or InvalidOperationException
            or KeyNotFoundException)
        {
            return $"a body that is no {answer.ContentType}: {e.Message}";
        }
    }

    // The server takes "//.." and "/./" for it too.
    private static bool IsRoot(string target) =>
        Uri.TryCreate($"http://broker{target}", UriKind.Absolute, out var address) && address.AbsolutePath.Trim('/').Length == 0;

    /// <summary>The vendor whose error body this is; throws where it is nobody's.</summary>
    private static string FamilyOf(JsonElement error)
    {
        var detail = error.GetProperty("error");
        Require(detail.GetProperty("message").GetString() is { Length: > 0 and <= 10_000 }, "an error with a message");
        if (error.TryGetProperty("type", out var type))
        {
            Require(type.GetString() == "error" && detail.GetProperty("type").GetString() is { Length: > 0 }, "an error of Anthropic's");
            return "anthropic";
        }

        if (detail.TryGetProperty("status", out _))
        {
            Require(detail.GetProperty("code").GetInt32() is >= 400 and < 600, "an error of Google's");
            return "google";
        }

        Require(detail.GetProperty("type").GetString() is not null && detail.TryGetProperty("param", out _), "an error of OpenAI's");
        return "openai";
    }

    private static string? OfError(FuzzCase asked, RawAnswer answer, string text)
    {
        using var body = JsonDocument.Parse(text, Options);
        var family = FamilyOf(body.RootElement);
        var wanted = FamilyOf(asked.Dialect);
        return wanted is null || wanted == family ? null : $"an error ({answer.Status}) in the words of {family}";
    }

    private static string? OfAnswer(FuzzCase asked, RawAnswer answer, string text)
    {
        Require(text.Length > 0, "a body");
        if (answer.ContentType.StartsWith("text/event-stream", StringComparison.Ordinal))
        {
            OfEvents(asked.Dialect, text);
        }
        else if (answer.ContentType.StartsWith("application/json", StringComparison.Ordinal))
        {
            using var body = JsonDocument.Parse(text, Options);
            OfWhole(asked.Dialect, body.RootElement);
        }

        return null;
    }

    private static void OfWhole(string? dialect, JsonElement body)
    {
        var mark = dialect switch
        {
            "chat" or "completions" => "choices",
            "responses" => "output",
            "anthropic" => "content",
            "gemini" when body.ValueKind == JsonValueKind.Array => null,
            "gemini" => "candidates",
            _ => null,
        };
        if (mark is not null)
        {
            Require(body.GetProperty(mark).GetArrayLength() > 0 || dialect == "anthropic", mark);
        }
        else if (dialect == "gemini")
        {
            EndOf(dialect, body[body.GetArrayLength() - 1], null);
        }
    }

    private static void OfEvents(string? dialect, string text)
    {
        Require(text.EndsWith("\n\n", StringComparison.Ordinal), "a last frame that is whole");
        string? data = null;
        string? name = null;
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                data = line["data: ".Length..];
                Check(data);
            }
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                name = line["event: ".Length..];
            }
            else
            {
                Require(line.Length == 0 || line[0] == ':', "lines of events");
            }
        }

        if (data != "[DONE]")
        {
            using var last = JsonDocument.Parse(data ?? throw new FormatException("no frame"), Options);
            EndOf(dialect, last.RootElement, name);
        }

        static void Check(string data)
        {
            if (data != "[DONE]")
            {
                JsonDocument.Parse(data, Options).Dispose();
            }
        }
    }

    // A stream ends as its dialect ends, or in its error.
    private static void EndOf(string? dialect, JsonElement last, string? name)
    {
        if (last.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
        {
            FamilyOf(last);
            return;
        }

        var isEnd = dialect switch
        {
            "responses" => name is "response.completed" or "response.incomplete" or "response.failed",
            "anthropic" => name == "message_stop",
            "gemini" => last.GetProperty("candidates")[0].TryGetProperty("finishReason", out _),
            _ => dialect is null,
        };
        Require(isEnd, "the end of a stream");
    }

    private static string? FamilyOf(string? dialect) => dialect switch
    {
        null => null,
        "gemini" => "google",
        "anthropic" => "anthropic",
        _ => "openai",
    };

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new FormatException($"not {what}");
        }
    }
}
