using System.Security.Cryptography;
using Polydev.Broker.Conversations;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>
/// Reads the body of <c>POST /responses/compact</c>: the conversation, with a last word of the user's that asks for its summary. No tools
/// are offered, and nothing is asked of the sampler. What the user has shown beside texts is in the summary alone, and named.
/// </summary>
internal static class OpenAiCompactionRequest
{
    internal const string Question =
        "Sum up this conversation, so that you can go on with it from the summary and the user's own messages alone. Tell what was asked "
        + "and decided, what was done and what came of it, every name, path, figure and piece of code that is still needed, and what is "
        + "left to do. Write the summary alone, and call no tool.";

    public static CompletionCall Read(RequestNode body, CompletionPath path, DateTimeOffset now)
    {
        var model = body.Required("model").AsString(RequestBounds.ModelId);
        OpenAiSettings.RefuseUnsupported(body);
        var requested = new List<RequestedFeature>();
        var builder = new ConversationBuilder("input");
        OpenAiContent.ReadInstructions(body.Optional("instructions"), builder);
        var input = ResponseRecord.ReadChain(body, path.Earlier, builder) is null ? body.Required("input") : body.Optional("input");
        if (input is { } items)
        {
            OpenAiInput.Read(items, builder, requested, ResponseRecord.Finder(path.Earlier));
        }

        builder.AddText(Role.User, Question);
        var conversation = builder.Build();
        if (conversation.Media.Count > 0)
        {
            RequestedFeature.PassOver(requested, "input", "media");
        }

        return new CompletionCall
        {
            Model = model,
            Conversation = conversation,
            AnswerId = "resp_" + RandomNumberGenerator.GetHexString(32, lowercase: true),
            CreatedAt = now,
            Requested = requested,
            Echo = new RequestEcho { UserTexts = [.. UserTexts(conversation)] },
        };
    }

    private static IEnumerable<IReadOnlyList<string>> UserTexts(Conversation conversation)
    {
        var last = conversation.Messages[^1];
        foreach (var message in conversation.Messages)
        {
            // Behind the last message stands our question.
            var parts = message == last ? message.Parts.SkipLast(1) : message.Parts;
            string[] texts = [.. parts.Where(part => part.KindCase == Part.KindOneofCase.Text).Select(part => part.Text.Text)];
            if (message.Role == Role.User && texts.Length > 0)
            {
                yield return texts;
            }
        }
    }
}
