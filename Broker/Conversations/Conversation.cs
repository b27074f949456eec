using Polydev.Protos.V1;

namespace Polydev.Broker.Conversations;

/// <summary>A canonical conversation: what <c>WorkItem.instructions</c> and <c>WorkItem.messages</c> promise (work.proto).</summary>
/// <param name="Instructions">System and developer texts in their order, joined by an empty line; empty where there is none.</param>
internal sealed record Conversation(string Instructions, IReadOnlyList<Message> Messages);
