using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Conversations;

/// <summary>
/// The form that the answer's text must have. The tunnel tells the model and checks the answer; dialects say what the caller wrote. Its
/// schema may be of anything, where a tool's is of an object.
/// </summary>
/// <param name="Field">Where it stands in the request, in the caller's words.</param>
/// <param name="Form">As the tunnel gets it; not altered after.</param>
internal sealed record AnswerFormat(string Field, ResponseFormat Form)
{
    /// <summary>OpenAI's word, which changes nothing: each answer is checked. Null where the caller did not say it.</summary>
    public bool? Strict { get; init; }

    /// <summary>JSON that keeps to a schema.</summary>
    /// <param name="form">With a JSON object as compact text for its schema; empty: any JSON object will do.</param>
    /// <param name="schema">What to name where that is not good.</param>
    /// <exception cref="ApiException">The schema is none, or passes its bounds.</exception>
    public static AnswerFormat OfJson(string field, ResponseFormat form, FieldPath schema)
    {
        if (form.JsonSchema.Length > 0)
        {
            CallerSchema.Check(form.JsonSchema, schema);
        }

        form.Json = true;
        return new AnswerFormat(field, form);
    }

    /// <summary>Any JSON object.</summary>
    public static AnswerFormat OfAnyObject(string field) => new(field, new ResponseFormat { Json = true });

    /// <summary>One of these texts, bare.</summary>
    public static AnswerFormat OfChoices(string field, IEnumerable<string> choices) =>
        new(field, new ResponseFormat { Choices = { choices } });
}
