// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay;

import dev.sluice.cli.output.CommandException;
import dev.sluice.store.read.EventView;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Loads a handler of the user's in a class loader of its own, which has Sluice's classes above it. Stateless. */
final class HandlerClass {
    private HandlerClass() {
    }

    /**
     * Makes a handler. The class loader stays open as long as the process lives, because the handler may load classes
     * at any time.
     *
     * @throws CommandException if there is no such class, it is no handler, or it cannot be made
     */
    static Consumer<EventView> make(final String classPath, final String name) {
        final URLClassLoader loader = new URLClassLoader("replay-handler", urls(classPath),
            HandlerClass.class.getClassLoader());
        Thread.currentThread().setContextClassLoader(loader);
        try {
            final Class<?> type = Class.forName(name, true, loader);
            if (!Consumer.class.isAssignableFrom(type)) {
                throw new CommandException("handler " + name + " is no " + Consumer.class.getName() + ": let it"
                    + " implement Consumer<EventView>");
            }
            @SuppressWarnings("unchecked")
            final Consumer<EventView> handler = (Consumer<EventView>) type.getConstructor().newInstance();
            return handler;
        } catch (final ClassNotFoundException e) {
            throw new CommandException("no class " + name + " in --class-path " + classPath + ": give the name with its"
                + " package, and the directory or jar that the package is in", e);
        } catch (final NoSuchMethodException | IllegalAccessException | InstantiationException e) {
            throw new CommandException("handler " + name + " cannot be made: it must be a public class, not abstract,"
                + " with a public constructor without parameters", e);
        } catch (final InvocationTargetException | LinkageError e) {
            final Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
            throw new CommandException("handler " + name + " cannot be made: it threw " + told(cause)
                + "; --verbose prints where", cause);
        }
    }

    /** What code of the user's has thrown: its kind tells its author more than its message. */
    static String told(final Throwable thrown) {
        final String name = thrown.getClass().getName();
        return name.substring(name.lastIndexOf('.') + 1)
            + (thrown.getMessage() == null ? "" : ": " + thrown.getMessage());
    }

    private static URL[] urls(final String classPath) {
        final List<URL> urls = new ArrayList<>();
        for (final String entry : classPath.split(File.pathSeparator)) {
            final Path path = Path.of(entry).toAbsolutePath();
            if (!Files.exists(path)) {
                throw new CommandException("--class-path: there is no " + entry);
            }
            try {
                urls.add(path.toUri().toURL());
            } catch (final MalformedURLException e) {
                throw new CommandException("--class-path: " + entry + " cannot be a URL: " + e.getMessage(), e);
            }
        }
        return urls.toArray(new URL[0]);
    }
}
