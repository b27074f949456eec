using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>A request's system texts and messages. Belongs to one read.</summary>
internal sealed class AnthropicConversation
{
    private readonly List<string> _instructions = [];
    private readonly AnthropicContent _content = new();

    public List<Message> Messages { get; } = [];

    public string Instructions => string.Join("\n\n", _instructions);

    /// <exception cref="Errors.ApiException">No message, or the last is not the caller's: the vendor, too, wants a question at the end.</exception>
    public static AnthropicConversation Read(RequestNode body)
    {
        var conversation = new AnthropicConversation();
        if (body.Optional("system") is { } system)
        {
            conversation.AddInstructions(system);
        }

        var messages = body.Required("messages");
        foreach (var message in messages.AsArray())
        {
            conversation.Add(message.AsObject());
        }

        return conversation.Messages is [.., { Role: Role.User }]
            ? conversation
            : throw messages.Unsupported("messages must end with a user message.");
    }

    private void Add(RequestNode message)
    {
        var role = message.Required("role");
        var content = message.Required("content");
        switch (role.AsString())
        {
            case "user":
                var question = new Message { Role = Role.User, Parts = { _content.ReadUser(content) } };
                Messages.Add(question.Parts.Count > 0 ? question : throw content.Unsupported($"{content.Path} must not be empty."));
                break;
            case "assistant":
                var answer = new Message { Role = Role.Assistant, Parts = { _content.ReadAssistant(content) } };
                if (answer.Parts.Count > 0)
                {
                    Messages.Add(answer);
                }

                break;
            case "system":
                AddInstructions(content);
                break;
            default:
                throw role.Unsupported($"{role.Path} must be 'user', 'assistant' or 'system'.");
        }
    }

    private void AddInstructions(RequestNode content) =>
        _instructions.AddRange(AnthropicContent.ReadTexts(content).Select(part => part.Text.Text));
}
