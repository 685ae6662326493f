using System.Runtime.CompilerServices;

namespace Orleans.Serialization;

/// <summary>
/// Exceptions: type name, message, stack and inner exception; fields of their own do not cross. One whose type is not here arrives as
/// <see cref="UnavailableExceptionFallbackException"/>, which names it. Only types derived from Exception are ever made.
/// </summary>
internal sealed class ExceptionCodec : Codec<Exception>
{
    private const uint TypeTag = (0 + 1) << 3;
    private const uint MessageTag = (1 + 1) << 3;
    private const uint StackTag = (2 + 1) << 3;
    private const uint InnerTag = (3 + 1) << 3;
    private const uint CodeTag = (4 + 1) << 3;
    private const int InnerMax = 16;

    public override void Write(WireWriter writer, uint tag, Exception? value) => Write(writer, tag, value, 0);

    private static void Write(WireWriter writer, uint tag, Exception? value, int depth)
    {
        if (value is null || depth > InnerMax)
        {
            writer.Tag(tag, WireKind.Null);
            return;
        }
        writer.Tag(tag, WireKind.Group);
        Text(writer, TypeTag, value is UnavailableExceptionFallbackException { ExceptionType.Length: > 0 } unknown ? unknown.ExceptionType : NameOf(value.GetType()));
        Text(writer, MessageTag, value.Message);
        if (value.StackTrace is { } stack) Text(writer, StackTag, stack);
        writer.Tag(CodeTag, WireKind.Varint);
        writer.ZigZag(value.HResult);
        if (value.InnerException is { } inner) Write(writer, InnerTag, inner, depth + 1);
        writer.Byte(0);
    }

    public override Exception? Read(WireReader reader, WireKind kind)
    {
        if (kind == WireKind.Null) return null;
        if (kind != WireKind.Group) throw Wrong(kind);
        reader.Enter();
        var (type, message, stack, code, inner) = ("", "", default(string), 0, default(Exception));
        while (reader.Tag() is not 0 and var tag)
        {
            switch (tag)
            {
                case TypeTag | (uint)WireKind.Bytes:
                    type = reader.Text();
                    break;
                case MessageTag | (uint)WireKind.Bytes:
                    message = reader.Text();
                    break;
                case StackTag | (uint)WireKind.Bytes:
                    stack = reader.Text();
                    break;
                case CodeTag | (uint)WireKind.Varint:
                    code = (int)reader.ZigZag();
                    break;
                default:
                    if (tag >> 3 == InnerTag >> 3) inner = Read(reader, (WireKind)(tag & 7));
                    else reader.Skip((WireKind)(tag & 7));
                    break;
            }
        }
        reader.Leave();
        var exception = Create(type);
        MessageOf(exception) = message;
        RemoteStackOf(exception) = stack is null ? null : stack + "\n";
        InnerOf(exception) = inner;
        exception.HResult = code;
        return exception;
    }

    /// <summary>Its own constructor sets its fields as it likes them; the message is the sender's afterwards.</summary>
    private static Exception Create(string name)
    {
        if (Find(name) is not { } type) return new UnavailableExceptionFallbackException { ExceptionType = name };
        if (type == typeof(AggregateException)) return new AggregateException();
        var exception = (Exception)RuntimeHelpers.GetUninitializedObject(type);
        typeof(Exception).GetConstructor([])!.Invoke(exception, null);
        return exception;
    }

    private static string NameOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";

    private static Type? Find(string name)
    {
        // Types of assemblies that are loaded already: a name cannot make us load one.
        var comma = name.LastIndexOf(", ", StringComparison.Ordinal);
        if (comma < 0) return null;
        var assembly = Array.Find(AppDomain.CurrentDomain.GetAssemblies(), a => !a.IsDynamic && a.GetName().Name == name[(comma + 2)..]);
        return assembly?.GetType(name[..comma], throwOnError: false) is { IsAbstract: false, ContainsGenericParameters: false } type
            && typeof(Exception).IsAssignableFrom(type) ? type : null;
    }

    private static void Text(WireWriter writer, uint tag, string value)
    {
        writer.Tag(tag, WireKind.Bytes);
        writer.Text(value);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_message")]
    private static extern ref string? MessageOf(Exception exception);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_remoteStackTraceString")]
    private static extern ref string? RemoteStackOf(Exception exception);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_innerException")]
    private static extern ref Exception? InnerOf(Exception exception);
}
