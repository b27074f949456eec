using Polydev.Protos.V1;

namespace Polydev.Broker.Conversations;

/// <summary>Where texts, pictures and documents of the caller's go: into the user's message, or into a tool's result.</summary>
/// <param name="Result">Null for the message.</param>
internal readonly record struct UserContent(ConversationBuilder Conversation, ToolResultPart? Result = null)
{
    public void AddText(string text)
    {
        if (Result is null)
        {
            Conversation.AddText(Role.User, text);
        }
        else
        {
            Conversation.AddText(Result, text);
        }
    }

    public void AddMedia(CallerMedia media) => Conversation.AddMedia(media with { Result = Result });
}
